import { spawn } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fetchUsers } from "../../examples/import-users-source.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The build ran before: `npm test` builds, and so does `npm ci`. */
const COMMAND = join(ROOT, "dist/cli.js");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** The part of the JSON of a run that is looked at here. */
interface RunJson {
  readonly status: string;
  readonly result: unknown;
  readonly layers: readonly (readonly string[])[];
  readonly tasks: readonly {
    readonly id: string;
    readonly index: number | null;
    readonly status: string;
    readonly attempt: number;
  }[];
}

/** Runs Node with these arguments, in a folder, with the database in that folder. */
async function runNode(cwd: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, LOCKSTEP_DB: join(cwd, "lockstep.db") };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [out, error] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (error += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, error };
}

async function runExample(folder: string, example: string, inputs: Readonly<Record<string, string>>): Promise<RunJson> {
  const given = Object.entries(inputs).flatMap(([name, value]) => ["--input", `${name}=${value}`]);
  const ended = await runNode(folder, [COMMAND, "run", join(ROOT, "examples", example), ...given, "--json"]);
  expect(ended, ended.error).toMatchObject({ code: 0 });
  const run: RunJson = JSON.parse(ended.out);
  expect(run.status).toBe("succeeded");
  return run;
}

async function readJson(file: string): Promise<ReturnType<typeof JSON.parse>> {
  return JSON.parse(await readFile(file, "utf8"));
}

test("merge-configs writes one file with the keys of all three, and names those that differ", async () => {
  const folder = createTemporaryFolder();
  const out = join(folder, "deep/merged.json");
  const run = await runExample(folder, "merge-configs.ts", { out });
  expect(run.layers).toEqual([["read_package", "read_tsconfig", "read_biome"], ["merge"], ["write"]]);
  const [pkg, tsconfig, biome] = await Promise.all(
    ["package.json", "tsconfig.json", "biome.json"].map((name) => readJson(join(ROOT, name))),
  );
  const merged = await readJson(out);
  expect(merged.name).toBe("lockstep");
  expect(merged.scripts).toEqual(pkg.scripts);
  expect(merged.compilerOptions).toEqual(tsconfig.compilerOptions);
  expect(merged.linter).toEqual(biome.linter);
  const keys = new Set([pkg, tsconfig, biome].flatMap((config) => Object.keys(config)));
  expect(new Set(Object.keys(merged))).toEqual(keys);
  // package.json lists its files, biome.json has an object of that name, and comes later.
  expect(run.result).toEqual({ path: out, keys: keys.size, conflicts: ["files"] });
  expect(merged.files).toEqual(biome.files);
  expect(await readdir(join(folder, "deep"))).toEqual(["merged.json"]);
});

test("merge-configs merges what another folder has, and fails in the task whose file is not there", async () => {
  const folder = createTemporaryFolder();
  const example = join(ROOT, "examples/merge-configs.ts");
  const args = ["--input", `dir=${folder}`, "--input", `out=${join(folder, "merged.json")}`, "--json"];
  const ended = await runNode(folder, [COMMAND, "run", example, ...args]);
  expect(ended.code).toBe(1);
  const run: RunJson = JSON.parse(ended.out);
  expect(run.tasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
    "read_package failed",
    "read_tsconfig failed",
    "read_biome failed",
    "merge skipped",
    "write skipped",
  ]);
  await expect(stat(join(folder, "merged.json"))).rejects.toThrow("ENOENT");
});

test("import-users cleans 1,000 users in ten chunks and writes each address once", async () => {
  const folder = createTemporaryFolder();
  const [out, journal] = [join(folder, "users.json"), join(folder, "journal.txt")];
  const run = await runExample(folder, "import-users.ts", { out, journal, seed: "7" });
  const source = fetchUsers(7, 1_000);
  const valid = source.filter(({ email }) => !email.includes(" at "));
  const addresses = new Set(valid.map(({ email }) => email.toLowerCase()));
  const users: { id: number; name: string; email: string }[] = await readJson(out);
  expect(run.result).toEqual({
    path: out,
    users: addresses.size,
    invalid: 1_000 - valid.length,
    duplicates: valid.length - addresses.size,
  });
  expect(valid.length).toBeLessThan(1_000);
  expect(addresses.size).toBeLessThan(valid.length);
  expect(new Set(users.map(({ email }) => email))).toEqual(addresses);
  expect(users.map(({ id }) => id)).toEqual(users.map(({ id }) => id).sort((a, b) => a - b));
  expect(users.every(({ name }) => name === name.trim())).toBe(true);
  // Each address is kept with the first who had it.
  for (const user of users) expect(valid.find(({ email }) => email.toLowerCase() === user.email)?.id).toBe(user.id);
  const chunks = run.tasks.filter(({ id, index }) => id === "clean" && index !== null);
  expect(chunks.map(({ index, status }) => `${index} ${status}`)).toEqual(
    Array.from({ length: 10 }, (_, index) => `${index} succeeded`),
  );
  const done = (await readFile(journal, "utf8")).trim().split("\n").sort();
  expect(done).toEqual(Array.from({ length: 10 }, (_, index) => `${index} 1`));
});

test("import-users writes the same bytes for the same seed, and others for another", async () => {
  const folder = createTemporaryFolder();
  const texts: string[] = [];
  for (const [name, seed] of Object.entries({ a: "3", b: "3", c: "4" })) {
    const out = join(folder, `${name}.json`);
    await runExample(folder, "import-users.ts", { out, seed, users: "200" });
    texts.push(await readFile(out, "utf8"));
  }
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).not.toBe(texts[2]);
});

test("check-urls checks 500 URLs, finds the broken ones, and never asks for more than 50 at once", async () => {
  const folder = createTemporaryFolder();
  const run = await runExample(folder, "check-urls.ts", {});
  const missing = Array.from({ length: 10 }, (_, index) => ({ path: `/page/${index * 50 + 49}`, status: 404 }));
  const failing = [124, 249, 374, 499].map((page) => ({ path: `/page/${page}`, status: 500 }));
  const pageOf = ({ path }: { path: string }) => Number(path.slice("/page/".length));
  // Two of the pages would be both missing and failing; the server then says 500.
  const expected = [...missing.filter(({ path }) => !failing.some((other) => other.path === path)), ...failing].sort(
    (a, b) => pageOf(a) - pageOf(b),
  );
  expect(run.result).toEqual({ checked: 500, broken: expected, mostAtOnce: expect.any(Number) });
  const { mostAtOnce } = run.result as { mostAtOnce: number };
  expect(mostAtOnce).toBeGreaterThan(10);
  expect(mostAtOnce).toBeLessThanOrEqual(50);
  expect(run.tasks.filter(({ id, index }) => id === "check" && index !== null)).toHaveLength(100);
});

test("the demo is killed half-way, resumes, keeps what was recorded and loses nothing", async () => {
  const folder = createTemporaryFolder();
  const { code, out, error } = await runNode(folder, [join(ROOT, "examples/demo.ts"), "--built"]);
  expect(code, error).toBe(0);
  expect(out).toMatch(/process \d+ ended: SIGKILL/);
  expect(out).toContain("interrupted");
  expect(out).toMatch(/recorded before the kill {3}chunks 0 1 2 3: each was done once/);
  expect(out).toMatch(/cut off and begun again {4}chunks 4 5 6 7/);
  expect(out).toContain("Nothing was lost, and nothing that was recorded was done again.");
});
