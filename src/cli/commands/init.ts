import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { writeJson } from "../json-output.ts";
import { createUsageError } from "../read-options.ts";

interface InitOptions extends CommonOptions {
  readonly yaml?: boolean;
}

const CONFIG = `# The facts of this machine. More keys: maxConcurrent resources notify heartbeat retention timezone defaults env group
db: .lockstep/lockstep.db
workflows: workflows
`;

const HELLO_TS = `import { workflow } from "lockstep";

const wf = workflow("hello", { description: "Greet three people at once, then count the greetings" });

const greet = wf.map("greet", { over: () => ["Ada", "Grace", "Edsger"] }, ({ item }) => {
  console.log(\`greeting \${item}\`);
  return \`Hello, \${item}!\`;
});

wf.task("count", { needs: { greet } }, ({ needs }) => ({ greetings: needs.greet, count: needs.greet.length }));

export default wf;
`;

const HELLO_YAML = `description: Greet three people at once, then count the greetings
input:
  names: { type: list, default: [Ada, Grace, Edsger] }
tasks:
  greet:
    map: \${{ input.names }}
    exec: [echo, "Hello, \${{ item }}!"]
    output: text
  count:
    needs: [greet]
    exec: [echo, "\${{ length(needs.greet) }} greetings"]
    output: text
`;

export const initCommand: CommandModule = {
  examples: ["lockstep init", "lockstep init backups --yaml"],
  configure(command: Command, context, finish) {
    command
      .argument("[dir]", "Where; default: here")
      .option("--yaml", "A workflow in YAML instead of TypeScript")
      .action((dir: string | undefined, options: InitOptions) => finish(executeInit(context, dir, options)));
  },
};

async function executeInit(context: CommandContext, dir: string | undefined, options: InitOptions): Promise<number> {
  const folder = resolve(context.cwd, dir ?? ".");
  const files = [
    ["lockstep.config.yaml", CONFIG],
    options.yaml ? ["workflows/hello.yaml", HELLO_YAML] : ["workflows/hello.ts", HELLO_TS],
    // What runs leave behind belongs in no repository.
    [".lockstep/.gitignore", "*\n"],
  ] as const;
  const outcomes = files.map(([name, text]) => ({ name, isNew: writeNewFile(join(folder, name), text) }));
  const created = outcomes.filter((each) => each.isNew).map((each) => each.name);
  const kept = outcomes.filter((each) => !each.isNew).map((each) => each.name);
  const next = `${dir === undefined ? "" : `cd ${relative(context.cwd, folder)} && `}npx lockstep run hello`;
  if (options.json) writeJson(context, { folder, created, kept, next });
  else {
    const lines = [
      ...created.map((name) => `created ${name}`),
      ...kept.map((name) => `kept    ${name} (it was there)`),
      `Next: ${next}`,
    ];
    context.output.writeOut(`${lines.map(sanitizeLine).join("\n")}\n`);
  }
  return EXIT.succeeded;
}

/** False: it was there, and is as it was. */
function writeNewFile(path: string, text: string): boolean {
  if (existsSync(path)) return false;
  try {
    mkdirSync(dirname(path), { recursive: true, ...(path.includes("/.lockstep/") ? { mode: 0o700 } : {}) });
    writeFileSync(path, text, { flag: "wx" });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw createUsageError(`${path} cannot be written (${code}). Name another folder: lockstep init DIR`, cause);
  }
  return true;
}
