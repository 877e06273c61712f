/** Writes docs/commands.md from what `--help` knows: each command with its options and examples. */
import { Command, type Option } from "commander";
import type { CommandContext } from "../src/cli/command-context.ts";
import type { CommandEntry } from "../src/cli/command-entry.ts";
import { COMMANDS } from "../src/cli/command-table.ts";
import { EXIT } from "../src/core/errors.ts";

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  succeeded: "What was asked for is done; a run that was followed has succeeded; a question was approved",
  failed: "The run failed, was rejected or canceled; a question was denied; `doctor` found an error",
  wrongUse: "Wrong use, or an invalid definition or input (`validate`, too): nothing was started",
  waiting: "It waits for a person",
  notFound: "There is no such run, task, checkpoint, schedule or file",
  databaseUnusable: "The database cannot be used: locked for long, damaged, newer, full, read-only, or on a network",
  conflict: "It cannot be done as things are: decided otherwise, changed since it was seen, owned by another engine",
  interrupted: "Ctrl-C, SIGTERM or a closed terminal. Nothing is lost: `lockstep resume RUN`",
};

const VARIABLES = [
  ["LOCKSTEP_DB", "The database, where there is no `--db`"],
  ["NO_COLOR", "No colors"],
  ["PAGER", "What `lockstep ui` shows long texts with; default `less`"],
  ["XDG_STATE_HOME", "Where the database lies that belongs to no folder; default `~/.local/state`"],
  ["LOCKSTEP_DEBUG", "With `1`, a fault of Lockstep shows where it is"],
] as const;

export async function renderCommandReference(): Promise<string> {
  const groups = [...new Set(COMMANDS.map((entry) => entry.group))];
  const parts = [INTRODUCTION];
  for (const group of groups) {
    parts.push(`## ${group}`);
    for (const entry of COMMANDS) if (entry.group === group) parts.push(await renderCommand(entry));
  }
  return `${parts.join("\n\n")}\n`;
}

const INTRODUCTION = `# Commands

Made by \`npm run docs\` from what \`lockstep COMMAND --help\` prints. Every command takes \`--db PATH\`, \`--json\` (one JSON document on standard output, and nothing else there;
lines of JSON from \`events\` and \`-f\`) and \`--help\`. \`lockstep\` alone says what waits, what runs and what comes next.

Runs are numbers (\`412\`, \`#412\`, \`@last\`), checkpoints \`412.1\`; \`approve 412\` is enough where one is open there. A workflow is a file, \`FILE#export\`, or a name in the workflows folder.
The [database](configuration.md) is found by \`--db\`, \`LOCKSTEP_DB\`, the config, or the nearest folder with a \`.lockstep\`.

${renderTable(
  ["exit code", ""],
  Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]]),
)}

${renderTable(
  ["variable", ""],
  VARIABLES.map(([name, what]) => [`\`${name}\``, what]),
)}`;

/** Nothing of it is used: commands are only declared. */
const CONTEXT = {} as CommandContext;

async function renderCommand({ name, usage, summary, load }: CommandEntry): Promise<string> {
  const { configure, examples } = await load();
  const command = new Command(name);
  configure(command, CONTEXT, async () => {});
  const rows = command.options.filter((option) => !option.hidden).map(renderOption);
  const args = command.registeredArguments.filter(({ description }) => description !== "");
  const head = `### ${`${name} ${usage}`.trimEnd()}\n\n${summary}`;
  const list = args.map((argument) => [`\`${argument.name().toUpperCase()}\``, argument.description]);
  const table = [...list, ...rows];
  return [
    head,
    ...(table.length === 0 ? [] : [renderTable(["", ""], table)]),
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

function renderOption({ flags, description }: Option): string[] {
  return [`\`${flags.replaceAll(/<([^>]+)>/g, (_, name: string) => name.toUpperCase())}\``, description];
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
