import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sanitizeLine } from "../../src/core/sanitize-text.ts";
import { createProject } from "../support/command-project.ts";
import { ATTACKS, FOREIGN, type Hostile, seedHostile, writeHostileLog } from "../support/hostile.ts";

/** What only looks, and what is refused and says why. */
function listCommands({ approved, waiting, failed, rejected }: Hostile, attack: string): string[][] {
  const workflow = `w${attack}`;
  const looks = [
    ...[
      ["runs"],
      ["runs", "--status", "failed"],
      ["runs", "--label", `${attack}=${attack}`],
      ["runs", "--workflow", workflow],
    ],
    ...[approved, waiting, failed, rejected].flatMap((run) => [
      ["show", `${run}`],
      ["why", `${run}`],
    ]),
    ...[
      ["why", `${failed}`, `b${attack}`],
      ["why", `${failed}`, `a${attack}[1]`],
      ["why", "1", attack],
    ],
    ...[["logs", `${failed}`], ["logs", `${failed}`, attack], ["events"], ["status"], ["ui"]],
    ...[
      ["checkpoints"],
      ["checkpoints", `${waiting}.1`],
      ["checkpoints", `${waiting}.2`],
      ["checkpoints", `${rejected}.1`],
    ],
    ...[["schedules"], ["slots", workflow], ["slots", attack], ["workflows"], ["wait", `${failed}`]],
  ];
  const refused = [
    ...[
      ["approve", `${rejected}.1`, "--if-hash", "000000"],
      ["approve", attack],
      ["reject", `${waiting}.1`],
    ],
    ...[
      ["edit", `${waiting}.1`, "--set", `${attack}=1`, "--if-hash", "000000"],
      ["redo", `${waiting}.1`, "--task", attack],
    ],
    ...[
      ["ask", `other ${attack}`, "--key", attack, "--no-wait"],
      ["undo", `${failed}.9`],
      ["cancel", `${failed}`],
    ],
    ...[
      ["run", attack],
      ["plan", attack],
      ["show", attack],
      ["runs", "--status", attack],
      [attack],
      ["runs", `--${attack}`],
    ],
    ...[
      ["schedules", "pause", attack],
      ["backfill", attack, "--from", attack, "--to", attack],
      ["retry", "1", "--from", attack],
    ],
    ...[
      ["approve", `${waiting}.2`, "--answers", attack],
      ["ask", "x", "--risk", attack],
      ["ask", "x", "--timeout", attack],
    ],
  ];
  return [
    [],
    ...looks,
    ...looks.map((argv) => [...argv, "--json"]),
    ...refused,
    ...refused.map((argv) => [...argv, "--json"]),
  ];
}

test.each(ATTACKS.map((attack) => [JSON.stringify(attack), attack]))(
  "no command lets %s through",
  async (_name, attack) => {
    const { folder, store, call } = await createProject();
    const hostile = seedHostile(store, attack);
    writeHostileLog(store, hostile.failed, attack);
    expect(existsSync(join(folder, ".lockstep", "logs"))).toBe(true);
    let told = 0;
    for (const argv of listCommands(hostile, attack)) {
      const { out, error } = await call(...argv);
      const name = JSON.stringify(argv);
      if (out.includes(sanitizeLine(attack).replace(/\\n$/, ""))) told += 1;
      expect(`${out}${error}`.length, name).toBeGreaterThan(0);
      const found = FOREIGN.exec(`${out}${error}`);
      expect(
        found === null ? "" : `${name}: ${JSON.stringify(`${out}${error}`.slice(found.index - 40, found.index + 10))}`,
      ).toBe("");
    }
    expect(told, "the attack is told of, and made safe").toBeGreaterThan(12);
  },
);
