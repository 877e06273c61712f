import type { Chance } from "../../src/core/ports.ts";

/**
 * A random workflow in a file, whose tasks watch over themselves: each notes its beginning and its end in `effects.jsonl`,
 * and, where another attempt of the same task of the same run is alive at its beginning, its name in `overlaps`.
 */
export interface StrangerWorkflow {
  readonly text: string;
  readonly tasks: readonly string[];
}

const HEAD = `
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { workflow } from "lockstep";

const here = import.meta.dirname;
const live = new Set();
const isAlive = (pid) => {
  try {
    return !/^State:\\s+[ZX]/m.test(readFileSync("/proc/" + pid + "/status", "utf8"));
  } catch {
    return false;
  }
};
const note = (call, phase) => {
  const effect = { key: call.idempotencyKey, attempt: call.attempt, phase, pid: process.pid };
  appendFileSync(here + "/effects.jsonl", JSON.stringify(effect) + "\\n");
};
const act = async (call, ms, work) => {
  const [run, task, item] = call.idempotencyKey.split(":");
  const name = run + "." + task + "." + item;
  const lock = here + "/lock." + name;
  const other = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
  if (live.has(name) || (other !== 0 && other !== process.pid && isAlive(other))) appendFileSync(here + "/overlaps", name + "\\n");
  live.add(name);
  writeFileSync(lock + "." + process.pid, String(process.pid));
  renameSync(lock + "." + process.pid, lock);
  note(call, "begin");
  try {
    if (ms > 0) await wait(ms);
    const result = work();
    note(call, "done");
    return result;
  } finally {
    live.delete(name);
    rmSync(lock, { force: true });
  }
};
const inner = workflow("inner");
const c0 = inner.task("c0", { retry: { attempts: 2, backoff: "20ms" } }, (call) => act(call, 40, () => { failing(call, 1); return 1; }));
inner.returns(inner.task("c1", { after: [c0] }, (call) => act(call, 60, () => 2)));
const failing = (call, times) => {
  if (call.attempt <= times) throw new Error("at attempt " + call.attempt);
};
`;

/** The same as a command: `task.sh`. */
export const STRANGER_SCRIPT = `
set -eu
number=\${LOCKSTEP_ATTEMPT##*:}
name=$(echo "\${LOCKSTEP_KEY%:*}" | tr : .)
note() { echo "{\\"key\\":\\"$LOCKSTEP_KEY\\",\\"attempt\\":$number,\\"phase\\":\\"$1\\",\\"pid\\":$$}" >> effects.jsonl; }
other=$(cat "lock.$name" 2>/dev/null || true)
if [ -n "$other" ] && [ -e "/proc/$other" ] && ! grep -q "^State:.[ZX]" "/proc/$other/status"; then echo "$name" >> overlaps; fi
echo $$ > "lock.$name.$$"; mv "lock.$name.$$" "lock.$name"
note begin
sleep "$LONG"
[ "$number" -gt "$FAILS" ] || exit 3
note done
rm -f "lock.$name"
`;

export function createStrangerWorkflow(chance: Chance): StrangerWorkflow {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)] as T;
  const tasks: string[] = [];
  const lines: string[] = [];
  const count = 5 + Math.floor(chance() * 8);
  for (let index = 0; index < count; index++) {
    const name = `t${index}`;
    const before = tasks.filter(() => chance() < 2 / (tasks.length + 1));
    const options = [
      before.length > 0 ? `after: [${before.join(", ")}]` : "",
      chance() < 0.4 ? `retry: { attempts: ${1 + Math.ceil(chance() * 3)}, backoff: "20ms" }` : "",
      chance() < 0.2 ? "allowFailure: true" : "",
      chance() < 0.25 ? `when: "${pick(["all_done", "any_failed"])}"` : "",
      chance() < 0.3 ? `uses: { shared: 1 }` : "",
      chance() < 0.2 ? `isolation: "process"` : "",
    ].filter((option) => option !== "");
    const fails = chance() < 0.3 ? Math.ceil(chance() * 3) : 0;
    const ms = chance() < 0.3 ? 0 : Math.floor(chance() * 250);
    lines.push(
      createTask({ name, options, fails, ms, kind: pick(["function", "function", "map", "command", "child"]) }),
    );
    tasks.push(name);
  }
  const own = [
    `maxConcurrent: ${1 + Math.floor(chance() * 5)}`,
    "resources: { shared: { slots: 2 } }",
    chance() < 0.3 ? `onFailure: "stop"` : "",
    chance() < 0.3 ? `strategy: "eager"` : "",
  ].filter((option) => option !== "");
  const text = `${HEAD}\nconst wf = workflow("strange", { ${own.join(", ")} });\n${lines.join("\n")}\nexport default wf;\n`;
  return { text, tasks };
}

interface TaskPlan {
  readonly name: string;
  readonly options: readonly string[];
  readonly fails: number;
  readonly ms: number;
  readonly kind: "function" | "map" | "command" | "child";
}

function createTask({ name, options, fails, ms, kind }: TaskPlan): string {
  const work = `(call) => act(call, ${ms}, () => { failing(call, ${fails}); return 1; })`;
  switch (kind) {
    case "function":
      return `const ${name} = wf.task("${name}", { ${options.join(", ")} }, ${work});`;
    case "map":
      return `const ${name} = wf.map("${name}", { ${[...options, "over: () => [1, 2, 3, 4, 5, 6]"].join(", ")} }, ${work});`;
    case "child": {
      const plain = options.filter((option) => !/^(isolation|uses)/.test(option));
      return `const ${name} = wf.child("${name}", { ${[...plain, "workflow: inner"].join(", ")} }, () => undefined);`;
    }
    case "command": {
      const plain = options.filter((option) => !option.startsWith("isolation"));
      const env = `env: { LONG: "${ms / 1_000}", FAILS: "${fails}" }`;
      return `const ${name} = wf.exec("${name}", { ${[...plain, env].join(", ")} }, () => ["sh", "task.sh"]);`;
    }
  }
}
