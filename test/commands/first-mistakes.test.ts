import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runLockstep } from "../support/lockstep-process.ts";
import { needRootOnLinux } from "../support/need-root.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** What a person does next: with the words that were just read, or with a slip of the hand. */

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

function createFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const OK = "tasks: { a: { run: ': ok' } }\n";
const BROKEN = "tasks: { a: { run: exit 7 }, b: { run: exit 8 }, c: { needs: [a], run: ': ok' } }\n";

/** The command that a message tells to type, as arguments. */
function findAdvice(text: string): string[] {
  const advice = /lockstep (retry[^\n]*)/.exec(text)?.[1];
  return (advice ?? "").trim().replace("TASK", "a").split(" ");
}

test("more arguments than a command takes are refused, and nothing is done", async () => {
  const folder = createFolder({ "ok.yaml": OK });
  await runLockstep(folder, "run", "ok.yaml", "--detach");
  await runLockstep(folder, "run", "ok.yaml", "--detach");
  const { exitCode, error } = await runLockstep(folder, "cancel", "1", "2");
  expect(error).toBe(
    "too many arguments for 'cancel'. Expected 1 argument but got 2: 1, 2. How it is called: lockstep cancel --help\n",
  );
  expect(exitCode).toBe(2);
  const { out } = await runLockstep(folder, "runs", "--status", "queued", "--json");
  expect(JSON.parse(out)).toHaveLength(2);
});

test("a command that is spelled wrong is what is told, not its options", async () => {
  const { exitCode, error } = await runLockstep(createFolder(), "runz", "--status", "failed");
  expect(error).toBe('No command "runz". Did you mean "run"? (all of them: lockstep --help)\n');
  expect(exitCode).toBe(2);
});

test("a workflow that is called by what is nearly its name is told how", async () => {
  const folder = createFolder();
  mkdirSync(join(folder, "workflows"), { mode: 0o700 });
  writeFileSync(join(folder, "workflows/hello.yaml"), OK);
  const tell = async (reference: string): Promise<string> => (await runLockstep(folder, "run", reference)).error;
  expect(await tell("hello.yaml")).toBe(`No file hello.yaml. Did you mean "hello"? (looked in ${folder})\n`);
  expect(await tell("workflows")).toBe("workflows is a folder, not a file. Name a file in it.\n");
  expect(await tell(".")).toBe(". is a folder, not a file. Name a file in it.\n");
  expect(await tell("hi.ymal")).toBe(
    'No workflow "hi.ymal". (looked in workflows/; a file needs its path: ./hi.ymal)\n',
  );
  expect(await tell("")).toBe("expected a file or the name of a workflow, found an empty text\n");
});

test("a key without a text is refused: each run with it would be the first", async () => {
  const folder = createFolder({ "ok.yaml": OK });
  for (const argv of [
    ["run", "ok.yaml"],
    ["run", "ok.yaml", "--detach"],
  ]) {
    const { exitCode, error } = await runLockstep(folder, ...argv, "--key", "");
    expect(error).toBe("A key is a text of 1 to 512 characters, found 0. Nothing was started.\n");
    expect(exitCode).toBe(2);
  }
  expect(JSON.parse((await runLockstep(folder, "runs", "--json")).out)).toEqual([]);
});

test.each(["cancel", "pause", "resume"])(
  "what %s advises for a run that has ended is done when it is typed",
  async (command) => {
    const folder = createFolder({ "ok.yaml": OK, "broken.yaml": BROKEN });
    await runLockstep(folder, "run", "ok.yaml");
    const succeeded = await runLockstep(folder, command, "1");
    expect(succeeded.exitCode).toBe(6);
    expect((await runLockstep(folder, ...findAdvice(succeeded.error))).exitCode).toBe(0);

    await runLockstep(folder, "run", "broken.yaml");
    writeFileSync(join(folder, "broken.yaml"), BROKEN.replaceAll("exit", "true"));
    const failed = await runLockstep(folder, command, "2");
    expect(failed.exitCode).toBe(6);
    expect((await runLockstep(folder, ...findAdvice(failed.error))).exitCode).toBe(0);
  },
);

test("a failed child run advises to retry its parent", async () => {
  const folder = createFolder({ "broken.yaml": BROKEN, "parent.yaml": "tasks: { p: { workflow: broken } }\n" });
  await runLockstep(folder, "run", "parent.yaml");
  writeFileSync(join(folder, "broken.yaml"), BROKEN.replaceAll("exit", "true"));
  const { out } = await runLockstep(folder, "show", "2");
  expect((await runLockstep(folder, ...findAdvice(out))).exitCode).toBe(0);
});

test.each(["flow.yaml", "flow.ts"])("retry of a run whose %s is gone says so and what to do", async (name) => {
  const ts =
    'import { workflow } from "lockstep";\nconst wf = workflow("flow");\nwf.shell("a", () => ["exit 1"] as never);\nexport default wf;\n';
  const folder = createFolder({ [name]: name.endsWith(".ts") ? ts : BROKEN });
  await runLockstep(folder, "run", name);
  renameSync(join(folder, name), join(folder, "away"));
  const { exitCode, error } = await runLockstep(folder, "retry", "1");
  expect(error).toBe(
    `#1 flow needs ${name}, which is not there. Nothing was done. Put the file back, then: lockstep retry 1\n`,
  );
  expect(exitCode).toBe(4);
});

test("retry after several failures does not say that all comes after the first", async () => {
  const folder = createFolder({ "broken.yaml": BROKEN });
  await runLockstep(folder, "run", "broken.yaml");
  expect((await runLockstep(folder, "retry", "1")).error).toMatch(/^#1 broken: keeps 0, runs 3 \(a and 2 more\)\n/);
  expect((await runLockstep(folder, "retry", "1", "--from", "a")).error).toMatch(
    /keeps 0, runs 2 \(a and 1 after it\)\n/,
  );
});

test("a map that failed says which instance failed first, and how many", async () => {
  const folder = createFolder({
    "map.yaml": "tasks: { m: { map: { over: [1, 2, 3, 4], tolerate: 1 }, run: 'test \"$LOCKSTEP_INDEX\" -lt 2' } }\n",
  });
  await runLockstep(folder, "run", "map.yaml");
  expect((await runLockstep(folder, "why", "1", "m")).out).toBe(
    "#1 map m failed: m[2]: exited with 1 (2 of 4 failed)\n",
  );
  expect((await runLockstep(folder, "show", "1")).out).toMatch(
    / m {5}failed .* m\[2\]: exited with 1 \(2 of 4 failed\)\n/,
  );
});

test("a file is found whose folder has a # in its name", async () => {
  const folder = createFolder();
  mkdirSync(join(folder, "c#"));
  writeFileSync(join(folder, "c#", "load.yaml"), OK);
  const { exitCode, error } = await runLockstep(folder, "run", "c#/load.yaml");
  expect([exitCode, error]).toEqual([0, expect.stringContaining("load #1")]);
});

test("an event of a kind that is never told is not waited for, and a file that is no JSON is called that", async () => {
  const folder = createFolder({ "ok.yaml": OK, "fail.json": "{" });
  const events = await runLockstep(folder, "events", "-f", "--types", "run.fialed");
  expect(events.exitCode).toBe(2);
  expect(events.error).toContain('found "run.fialed". Did you mean "run.failed"?');
  const run = await runLockstep(folder, "run", "ok.yaml", "--input", "@fail.json");
  expect(run.exitCode).toBe(2);
  expect(run.error).toContain('fail.json: expected JSON, found "{"');
});

test("a mistake that leaves no YAML is told once, not with all that cannot be read after it", async () => {
  const folder = createFolder({
    "echo.yaml": 'tasks:\n  a: { run: echo "${{ input.word }}" }\n  b: { run: ": ok" }\n',
  });
  const { exitCode, error } = await runLockstep(folder, "run", "echo.yaml");
  expect(exitCode).toBe(2);
  expect(error).toMatch(/^echo\.yaml:2:\d+ {2}not valid YAML: .*Put "\$\{\{ … \}\}" into quotes here\n$/);
});

test("a file that is no workflow is called that", async () => {
  const { exitCode, error } = await runLockstep(createFolder({ README: "# Hello\n" }), "run", "README");
  expect(error).toMatch(
    /^README is no workflow file: expected a name that ends in \.yaml, .*\. Nothing was started\.\n$/,
  );
  expect(exitCode).toBe(2);
});

test("files and folders of others are refused in words", (context) => {
  needRootOnLinux(context, "another user");
  const folder = createFolder({ "own.yaml": OK, "own.ts": 'import "lockstep";\n', "ok.yaml": OK });
  for (const name of ["own.yaml", "own.ts"]) chmodSync(join(folder, name), 0o600);
  chmodSync(folder, 0o755);
  const home = createTemporaryFolder();
  chownSync(home, 65_534, 65_534);
  const call = (...argv: string[]) =>
    spawnSync(process.execPath, [MAIN, ...argv], {
      cwd: folder,
      uid: 65_534,
      gid: 65_534,
      env: { PATH: process.env.PATH, HOME: home },
      encoding: "utf8",
    });
  expect(call("run", "own.yaml", "--db", join(home, "x.db"))).toMatchObject({
    status: 2,
    stderr: "own.yaml cannot be read (EACCES)\n",
  });
  expect(call("run", "own.ts", "--db", join(home, "x.db"))).toMatchObject({
    status: 2,
    stderr: "own.ts cannot be read (EACCES)\n",
  });
  const validated = call("validate", ".");
  expect(validated).toMatchObject({ status: 2, stderr: "" });
  expect(validated.stdout).toBe(
    "ok    ok.yaml  ok: 1 layer, 1 task, full parallel\nerror own.ts cannot be read (EACCES)\nerror own.yaml cannot be read (EACCES)\n",
  );
  const made = call("init");
  expect(made.stderr).toBe(
    `${join(folder, "lockstep.config.yaml")} cannot be written (EACCES). Name another folder: lockstep init DIR\n`,
  );
  expect(made.status).toBe(2);
});

test("output that cannot be written is told without a stack, and costs no run", (context) => {
  if (process.platform !== "linux") context.skip("/dev/full is of Linux");
  const folder = createFolder({ "ok.yaml": OK });
  const full = openSync("/dev/full", "w");
  const call = (argv: readonly string[], stdio: ["ignore", number | "pipe", number | "pipe"]) =>
    spawnSync(process.execPath, [MAIN, ...argv], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: "utf8",
      stdio,
    });
  expect(call(["run", "ok.yaml"], ["ignore", "pipe", full])).toMatchObject({ status: 0 });
  expect(call(["runs"], ["ignore", full, "pipe"])).toMatchObject({
    status: 1,
    stderr: "Standard output cannot be written: ENOSPC: no space left on device, write\n",
  });
});

test("a run that its timeout ended says so", async () => {
  const folder = createFolder({ "late.yaml": "timeout: 200ms\ntasks: { a: { run: sleep 600, grace: 50ms } }\n" });
  const { out } = await runLockstep(folder, "run", "late.yaml");
  expect(out).toMatch(/^failed in [^:]+: it did not end within the timeout of the run\n/);
  expect((await runLockstep(folder, "why", "1")).out).toMatch(
    /^#1 late failed: it did not end within the timeout of the run\n/,
  );
});

test.each([
  [["run", "ok.yaml", "--label", "urgent"], '--label: expected NAME=TEXT, found "urgent"'],
  [["runs", "--label", "=x"], '--label: expected NAME=TEXT, found "=x"'],
  [["edit", "1.1", "--set", "deploy"], '--set: expected NAME=TEXT, found "deploy"'],
])("a pair without its = is told with its option: %j", async (argv, message) => {
  const { exitCode, error } = await runLockstep(createFolder({ "ok.yaml": OK }), ...argv);
  expect([exitCode, error]).toEqual([2, expect.stringContaining(message)]);
});
