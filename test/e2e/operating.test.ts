import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runBuilt } from "../support/built-command.ts";
import { parsePrometheusText } from "../support/prometheus-text.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const QUICK = `name: quick
tasks:
  one: { run: "echo one", output: text }
`;

function createFolder(): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "quick.yaml"), QUICK);
  return folder;
}

test("the built command backs up, breaks, restores, checks, prunes and counts", async () => {
  const folder = createFolder();
  const call = async (...args: string[]) => {
    const { code, out, error } = await runBuilt(folder, args);
    expect([...args, error.includes("internal error")]).toEqual([...args, false]);
    return { code, out };
  };
  const readJson = async (...args: string[]) => JSON.parse((await call(...args, "--json")).out);
  for (let runs = 0; runs < 3; runs += 1) expect((await call("run", "quick.yaml")).code).toBe(0);
  expect(await readJson("backup", "copy.db")).toMatchObject({ runs: 3, verified: true });
  expect(statSync(join(folder, "copy.db")).mode & 0o777).toBe(0o600);

  const database = join(folder, ".lockstep/lockstep.db");
  writeFileSync(database, readFileSync(database).fill(0xa5, 0, 100));
  expect((await call("doctor")).code).toBe(1);
  expect((await call("runs")).code).toBe(5);
  expect(await readJson("restore", "copy.db")).toMatchObject({ newestRun: 3, interrupted: [] });
  expect((await call("doctor", "--full")).code).toBe(0);

  expect(await readJson("prune", "--keep", "1", "--yes")).toMatchObject({ runs: 2 });
  const samples = parsePrometheusText((await call("metrics")).out);
  expect(samples.find(({ name }) => name === "lockstep_runs")).toMatchObject({
    value: 1,
    labels: { workflow: "quick" },
  });
  expect(samples.find(({ name }) => name === "lockstep_runs_submitted_total")?.value).toBe(3);
  const events = (await call("events", "--json", "--types", "run")).out.trim().split("\n");
  expect(events.map((line) => JSON.parse(line).kind)).toContain("run.succeeded");
});

test.each(["backup", "restore", "prune", "doctor", "metrics", "events"])(
  "%s --help ends with two examples",
  async (name) => {
    const { code, out } = await runBuilt(createFolder(), [name, "--help"]);
    expect(code).toBe(0);
    expect(out.split("Examples:")[1]?.trim().split("\n")).toHaveLength(2);
  },
);
