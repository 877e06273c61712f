import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { renderCommandReference } from "../../.ci/command-reference.ts";
import { statusOfPage } from "../../examples/check-urls-server.ts";
import { renderYamlReference } from "../../src/definition/yaml/render-reference.ts";
import { runBuilt } from "../support/built-command.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLES = join(ROOT, "examples");

/** The part of the JSON of a run that is looked at here. */
interface RunJson {
  readonly status: string;
  readonly result: unknown;
  readonly layers: readonly (readonly string[])[];
  readonly tasks: readonly { readonly id: string; readonly index: number | null; readonly status: string }[];
}

async function runExample(folder: string, example: string, inputs: Readonly<Record<string, string>>): Promise<RunJson> {
  const given = Object.entries(inputs).flatMap(([name, value]) => ["--input", `${name}=${value}`]);
  const ended = await runBuilt(folder, ["run", join(EXAMPLES, example), ...given, "--json"]);
  expect(ended, ended.error + ended.out).toMatchObject({ code: 0 });
  const run: RunJson = JSON.parse(ended.out);
  expect(run.status).toBe("succeeded");
  return run;
}

test("merge-configs.yaml writes one file with the keys of all three", async () => {
  const folder = createTemporaryFolder();
  const out = join(folder, "deep/merged.json");
  const run = await runExample(folder, "merge-configs.yaml", { out });
  expect(run.layers).toEqual([["read_package", "read_tsconfig", "read_biome"], ["merge"]]);
  const configs = await Promise.all(
    ["package.json", "tsconfig.json", "biome.json"].map(async (name) =>
      JSON.parse(await readFile(join(ROOT, name), "utf8")),
    ),
  );
  const expected = Object.assign({}, ...configs);
  expect(JSON.parse(await readFile(out, "utf8"))).toEqual(expected);
  expect(run.result).toEqual({ path: out, keys: Object.keys(expected).length });
  expect(await readdir(join(folder, "deep"))).toEqual(["merged.json"]);
});

test("nightly-backup.yaml copies a database that is being written to, and deletes the old copies alone, once a person said so", async () => {
  const folder = createTemporaryFolder();
  const [path, dir] = [join(folder, "my app.db"), join(folder, "copies")];
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode=WAL; CREATE TABLE note(text TEXT); INSERT INTO note VALUES ('kept'); BEGIN IMMEDIATE");
  db.exec("INSERT INTO note VALUES ('not committed')");
  const old = ["app.db-2020-01-01.gz", "a name\nwith a line.gz", "-rf.gz"];
  await mkdir(dir);
  for (const name of old) {
    for (const file of [join(dir, name), join(dir, `${name}.sha256`)]) {
      await writeFile(file, "old");
      await utimes(file, 0, 0);
    }
  }
  await writeFile(join(dir, "young.gz"), "young");
  const example = join(EXAMPLES, "nightly-backup.yaml");
  const asked = await runBuilt(folder, ["run", example, "--input", `db=${path}`, "--input", `dir=${dir}`, "--json"]);
  expect(asked, asked.error).toMatchObject({ code: 3 });
  db.exec("ROLLBACK");
  db.close();
  expect(await readdir(dir)).toEqual(expect.arrayContaining(old));

  const [gate] = JSON.parse((await runBuilt(folder, ["checkpoints", "--json"])).out);
  expect(gate).toMatchObject({ task: "prune", risk: "high", message: `Delete 3 old copies from ${dir}?` });
  const approved = await runBuilt(folder, ["approve", gate.id, "--if-hash", gate.hash]);
  expect(approved, approved.error).toMatchObject({ code: 0 });
  const resumed = await runBuilt(folder, ["resume", String(gate.run), "--json"]);
  expect(resumed, resumed.error).toMatchObject({ code: 0 });

  const { file, checksum, old: found } = JSON.parse(resumed.out).result;
  expect(file).toMatch(/\/my app\.db-\d{4}-\d\d-\d\d\.gz$/);
  const name = file.slice(dir.length + 1);
  const compressed = await readFile(file);
  expect(checksum).toBe(`${createHash("sha256").update(compressed).digest("hex")}  ${name}`);
  expect(await readFile(`${file}.sha256`, "utf8")).toBe(`${checksum}\n`);
  expect(found.map((each: string) => each.slice(dir.length + 1)).sort()).toEqual([...old].sort());
  expect((await readdir(dir)).sort()).toEqual([name, `${name}.sha256`, "young.gz"].sort());

  await writeFile(join(folder, "restored.db"), gunzipSync(compressed));
  const restored = new DatabaseSync(join(folder, "restored.db"));
  expect(restored.prepare("SELECT text FROM note").all()).toEqual([{ text: "kept" }]);
  expect(restored.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  restored.close();
});

test("nightly-backup.yaml makes a small database where there is none, and a second run of the day writes the same file", async () => {
  const folder = createTemporaryFolder();
  const inputs = { db: join(folder, "new.db"), dir: join(folder, "copies") };
  const first = await runExample(folder, "nightly-backup.yaml", inputs);
  const second = await runExample(folder, "nightly-backup.yaml", inputs);
  expect(first.result).toMatchObject({ old: [] });
  // Two names only where midnight, UTC, lies between the two.
  const files = new Set([first.result, second.result].map((result) => (result as { file: string }).file));
  expect(await readdir(inputs.dir)).toHaveLength(2 * files.size);
});

test("check-urls.yaml checks 500 URLs in 50 batches and finds the broken ones", async () => {
  const folder = createTemporaryFolder();
  const run = await runExample(folder, "check-urls.yaml", {});
  const broken = Array.from({ length: 500 }, (_, page) => ({ path: `/page/${page}`, status: statusOfPage(page) }));
  expect(run.result).toEqual({ checked: 500, broken: broken.filter(({ status }) => status !== 200) });
  expect(run.tasks.filter(({ id, index }) => id === "check" && index !== null)).toHaveLength(50);
});

test("the examples name a schema for editors, which is the one that `lockstep schema` prints", async () => {
  const folder = createTemporaryFolder();
  const { code, out } = await runBuilt(folder, ["schema"]);
  expect(code).toBe(0);
  expect(await readFile(join(EXAMPLES, "workflow.schema.json"), "utf8"), "npm run docs makes it current").toBe(out);
  const examples = (await readdir(EXAMPLES)).filter((name) => name.endsWith(".yaml"));
  expect(examples.sort()).toEqual(["check-urls.yaml", "merge-configs.yaml", "nightly-backup.yaml"]);
  for (const name of examples) {
    const text = await readFile(join(EXAMPLES, name), "utf8");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=workflow.schema.json");
  }
});

test("validate looks at each workflow of the examples, and loads neither their parts nor their scripts", async () => {
  const { code, out } = await runBuilt(createTemporaryFolder(), ["validate", EXAMPLES, "--json"]);
  const findings: { level: string; file: string }[] = JSON.parse(out);
  expect(code).toBe(0);
  expect(findings.map(({ level, file }) => `${level} ${file.slice(EXAMPLES.length + 1)}`)).toEqual([
    "ok check-urls.ts",
    "ok check-urls.yaml",
    "ok import-users.ts",
    "ok merge-configs.ts",
    "ok merge-configs.yaml",
    "ok nightly-backup.yaml",
    "ok release.ts",
  ]);
});

test("the reference of the commands is the one that they make", async () => {
  const text = await readFile(join(ROOT, "docs/commands.md"), "utf8");
  expect(text, "npm run docs makes it current").toBe(await renderCommandReference());
});

test("the reference of YAML files is the one that the schema makes", async () => {
  const text = await readFile(join(ROOT, "docs/yaml-reference.md"), "utf8");
  expect(text, "npm run docs makes it current").toBe(renderYamlReference());
});
