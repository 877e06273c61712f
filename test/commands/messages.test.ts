import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runLockstep } from "../support/lockstep-process.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** The likeliest mistakes of command-line.md, word for word, each from the command that a newcomer would type. */

async function meet(files: Readonly<Record<string, string>>, ...argv: string[]) {
  const folder = createTemporaryFolder();
  for (const name of [".lockstep", "workflows"]) mkdirSync(join(folder, name), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return await runLockstep(folder, ...argv);
}

const TS = (body: string) => `import { workflow } from "lockstep";\n${body}\n`;

const SOURCES = join(import.meta.dirname, "../../src/cli");

test("1: a Node that is too old", () => {
  const old = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
  const preload = `data:text/javascript,${encodeURIComponent(old)}`;
  const argv = ["--import", preload, join(SOURCES, "entry.ts"), "runs"];
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  const advice =
    process.platform === "linux"
      ? `Try: npx -y -p node-linux-${process.arch}@24 -p lockstep lockstep …`
      : "Get it from https://nodejs.org";
  expect(stderr).toBe(`lockstep needs Node 22.18 or newer; this is 20.20.2 (${process.execPath}). ${advice}\n`);
  expect(status).toBe(2);
});

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

test("14: a database of another user", async (context) => {
  needRootOnLinux(context, "being another user");
  const folder = createTemporaryFolder();
  writeFileSync(join(folder, "w.yaml"), "tasks: { a: { run: ': ok' } }\n");
  expect((await runLockstep(folder, "run", "w.yaml", "--db", "data/lockstep.db")).exitCode).toBe(0);
  const [daemon, nobody] = [1, 65_534];
  for (const name of ["", "data", "data/lockstep.db"])
    chmodSync(join(folder, name), name === "data/lockstep.db" ? 0o644 : 0o755);
  chownSync(join(folder, "data/lockstep.db"), daemon, daemon);
  chownSync(join(folder, "data"), daemon, daemon);
  const argv = [join(SOURCES, "main.ts"), "cancel", "1", "--db", "data/lockstep.db"];
  const env = { PATH: process.env.PATH, HOME: "/nonexistent" };
  const { status, stderr } = spawnSync(process.execPath, argv, {
    cwd: folder,
    uid: nobody,
    gid: nobody,
    env,
    encoding: "utf8",
  });
  const message =
    "Cannot write lockstep.db: it belongs to daemon:daemon, you are nobody. Ask for group access (config group: ops), or: sudo -u daemon lockstep …";
  expect(stderr).toBe(`${message} (${join(folder, "data/lockstep.db")})\n`);
  expect(status).toBe(5);
});

test("15: a run that is queued while no engine knows its workflow", async () => {
  const one = TS('const wf = workflow("import", {});\nwf.task("a", () => 1);\nexport default wf;');
  const { exitCode, out } = await meet({ "workflows/import.ts": one }, "run", "import", "--detach");
  expect(out).toBe(
    'Queued #1, but no engine is running that knows "import". It starts when one does: lockstep daemon --workflows workflows (or: lockstep run import)\n',
  );
  expect(exitCode).toBe(0);
});

test("a command without its argument says how it is called", async () => {
  const { exitCode, error } = await meet({}, "run");
  expect(error).toBe("missing required argument 'file'. How it is called: lockstep run --help\n");
  expect(exitCode).toBe(2);
});
