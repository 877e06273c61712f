import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

function createFile(schedule: string): { call: (...argv: string[]) => ReturnType<typeof callLockstep> } {
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "load.yaml"), `schedule: ${schedule}\ntasks: { one: { run: echo hi } }\n`);
  return { call: (...argv) => callLockstep(folder, ["plan", "load.yaml", ...argv]) };
}

test("plan --from --to says what would fire, with the zone, and what becomes of a gap", async () => {
  const { call } = createFile('{ cron: "0,30 2 * * *", timezone: Europe/Paris }');
  const { out, exitCode } = await call("--from", "2026-03-28", "--to", "2026-03-29");
  expect(exitCode).toBe(0);
  expect(out.split("\n")).toEqual([
    "FIRES                      ZONE          SCHEDULE",
    "2026-03-28 02:00:00+01:00  Europe/Paris  load",
    "2026-03-28 02:30:00+01:00  Europe/Paris  load",
    "-                          Europe/Paris  load      02:30 does not exist on that day: merged with the slot at the end of the gap",
    "2026-03-29 03:00:00+02:00  Europe/Paris  load      02:00 does not exist on that day: fires at the end of the gap",
    "3 slots would fire.",
    "",
  ]);
});

test("plan --from --to says of an hour that comes twice which pass fires", async () => {
  const { call } = createFile(
    '[{ cron: "30 2 * * *", timezone: Europe/Paris }, { cron: "30 * * * *", timezone: Europe/Paris }]',
  );
  const { json } = await call("--from", "2026-10-25T02:00", "--to", "2026-10-25T03:00", "--json");
  expect(json().slots.map(({ schedule, at, note }: Record<string, string>) => [schedule, at, note])).toEqual([
    ["load", "2026-10-25T00:30:00.000Z", "02:30 comes twice on that day: this is the first time"],
    ["load-2", "2026-10-25T00:30:00.000Z", "02:30 comes twice on that day: this is the first time"],
    ["load-2", "2026-10-25T01:30:00.000Z", "02:30 comes twice on that day: this is the second time"],
  ]);
  expect(json()).toMatchObject({ workflow: "load", layers: [["one"]] });
});

test("plan refuses times that it cannot read, half a time, and more than it can show", async () => {
  const { call } = createFile('{ cron: "* * * * *", timezone: UTC }');
  expect(await call("--from", "yesterday", "--to", "2026-03-30")).toMatchObject({
    exitCode: 2,
    error: '--from: expected a date such as 2026-11-20 or 2026-11-20T08:00, found "yesterday"\n',
  });
  expect((await call("--from", "2026-03-28")).error).toBe("--from and --to belong together: give both\n");
  expect((await call("--from", "2026-03-28", "--to", "2026-03-30")).error).toMatch(
    /^--to: 4320 slots, and at most 1000/,
  );
});
