import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** The likeliest mistakes of command-line.md, word for word, each from the command that a newcomer would type. */

async function meet(files: Readonly<Record<string, string>>, ...argv: string[]) {
  const folder = createTemporaryFolder();
  for (const name of [".lockstep", "workflows"]) mkdirSync(join(folder, name), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return await runLockstep(folder, ...argv);
}

const TS = (body: string) => `import { workflow } from "lockstep";\n${body}\n`;

test("2: a name that no workflow has", async () => {
  const { exitCode, error } = await meet(
    { "workflows/backup.yaml": "tasks: { a: { run: ': ok' } }\n" },
    "run",
    "bakcup",
  );
  expect(error).toBe(
    'No workflow "bakcup". Did you mean "backup"? (looked in workflows/; a file needs its path: ./bakcup.yaml)\n',
  );
  expect(exitCode).toBe(4);
});

test("3: a key that is mistyped", async () => {
  const yaml = "tasks:\n  dump:\n    run: ': ok'\n    timeout: 1h\n\n\n  verify:\n    run: ': ok'\n    need: [dump]\n";
  const { exitCode, error } = await meet({ "backup.yaml": yaml }, "run", "backup.yaml");
  expect(error).toBe('backup.yaml:9:5  unknown key "need" in task "verify". Did you mean "needs"?\n');
  expect(exitCode).toBe(2);
});

test("4: an expression in a shell script", async () => {
  const yaml = `tasks:\n  dump:\n    run: ': ok'\n  verify:\n    needs: [dump]\n    run: "gzip -t \${{ needs.dump.file }}"\n`;
  const { exitCode, error } = await meet({ "backup.yaml": yaml }, "run", "backup.yaml");
  expect(error).toMatch(/^backup\.yaml:6:\d+ {2}/);
  expect(error).toContain(
    `\${{ }} may not stand in run: text from it would be executed. Put it in env: env: { FILE: "\${{ needs.dump.file }}" } and write "$FILE"`,
  );
  expect(exitCode).toBe(2);
});

test("5: tasks that wait for each other", async () => {
  const yaml =
    "tasks:\n  build: { needs: [package], run: ': ok' }\n  test: { needs: [build], run: ': ok' }\n  package: { needs: [test], run: ': ok' }\n";
  const { exitCode, error } = await meet({ "deploy.yaml": yaml }, "run", "deploy.yaml");
  expect(error).toBe("deploy.yaml: tasks wait for each other: build → test → package → build. Remove one needs.\n");
  expect(exitCode).toBe(2);
});

test("6: a duration without a unit", async () => {
  const { exitCode, error } = await meet(
    { "backup.yaml": "tasks: { a: { run: ': ok', timeout: 30 } }\n" },
    "plan",
    "backup.yaml",
  );
  expect(error).toMatch(
    /^backup\.yaml:1:\d+ {2}timeout: expected a duration such as 30s, 5m or 2h, found 30 \(a number\)\. Did you mean 30s\?\n$/,
  );
  expect(exitCode).toBe(2);
});

test("7: an input of the wrong type", async () => {
  const yaml = "input: { users: { type: integer, min: 1 } }\ntasks: { a: { run: ': ok' } }\n";
  const { exitCode, error } = await meet({ "w.yaml": yaml }, "run", "w.yaml", "--input", "users=many");
  expect(error).toBe(
    'input "users": expected an integer of at least 1, found "many" (from --input). Nothing was started.\n',
  );
  expect(exitCode).toBe(2);
});

test("8: a file that exports no workflow", async () => {
  const { exitCode, error } = await meet(
    { "hello.ts": "export const helper = 1;\nexport const config = {};\n" },
    "run",
    "hello.ts",
  );
  expect(error).toBe(
    'hello.ts exports no workflow. Expected: export default workflow("name", …). Found exports: helper, config\n',
  );
  expect(exitCode).toBe(2);
});

test("9: a file that exports several", async () => {
  const two = TS(
    'export const load = workflow("load", {});\nload.task("a", () => 1);\nexport const clean = workflow("clean", {});\nclean.task("a", () => 1);',
  );
  const { exitCode, error } = await meet({ "hello.ts": two }, "run", "hello.ts");
  expect(error).toBe("hello.ts exports 2 workflows (load, clean). Choose one: lockstep run hello.ts#load\n");
  expect(exitCode).toBe(2);
  expect((await meet({ "hello.ts": two }, "run", "hello.ts#clean")).exitCode).toBe(0);
});

test("10: an output that JSON cannot hold", async () => {
  const set = TS(
    'const wf = workflow("w", {});\nwf.task("fetch", (): any => ({ seen: new Set([1]) }));\nexport default wf;',
  );
  const { exitCode, out } = await meet({ "w.ts": set }, "run", "w.ts");
  expect(out).toContain('Task "fetch" returned a value JSON cannot hold: output.seen is a Set. Return [...seen].\n');
  expect(exitCode).toBe(1);
});

test("11: an output that is too large", async () => {
  const large = TS('const wf = workflow("w", {});\nwf.task("dump", () => "x".repeat(1_100_000));\nexport default wf;');
  const { exitCode, out } = await meet({ "w.ts": large }, "run", "w.ts");
  expect(out).toContain(
    'Task "dump" wrote more than 1 MiB of output. Write the data to a file and return its path, or set output: none.\n',
  );
  expect(exitCode).toBe(1);
});

test("15: a run that is queued while no engine knows its workflow", async () => {
  const one = TS('const wf = workflow("import", {});\nwf.task("a", () => 1);\nexport default wf;');
  const { exitCode, out } = await meet({ "workflows/import.ts": one }, "run", "import", "--detach");
  expect(out).toBe(
    'Queued #1, but no engine is running that knows "import". It starts when one does: lockstep daemon --workflows workflows (or: lockstep run import)\n',
  );
  expect(exitCode).toBe(0);
});
