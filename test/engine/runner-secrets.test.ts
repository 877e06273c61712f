import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SecretSource, TaskSpec, WorkflowSpec } from "../../src/core/workflow-spec.ts";
import type { TaskProgram, WorkflowProgram } from "../../src/definition/program.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import type { Assignment, Outcome, Runner } from "../../src/runners/runner.ts";
import { createAssignment, NEVER } from "../support/assignments.ts";
import { getMessage, getOutput } from "../support/command-attempts.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { isAlive, waitUntil } from "../support/wait-until.ts";

const TOKEN = "correct-horse-battery";
const VARIABLE = "LOCKSTEP_TEST_TOKEN";
const clock = new ManualClock();
const runners: Runner[] = [];

beforeAll(() => void Object.assign(process.env, { [VARIABLE]: TOKEN }));
afterAll(() => void delete process.env[VARIABLE]);
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.close();
  expect(clock.pending).toBe(0);
});

interface Sample {
  readonly secrets?: Readonly<Record<string, SecretSource>>;
  readonly spec?: Partial<TaskSpec>;
}

/** A workflow of one task that declares secrets. */
function prepare(task: TaskProgram, { secrets = { TOKEN: { env: VARIABLE } }, spec = {} }: Sample = {}) {
  const workflow: WorkflowSpec = {
    ...{ format: 1, name: "sample", secrets },
    tasks: [{ id: "work", kind: "function", ...spec }],
  };
  const program: WorkflowProgram = { spec: workflow, tasks: [task], parseInput: (value) => value };
  const runner = createInProcessRunner({ clock, findProgram: () => program });
  runners.push(runner);
  return {
    runner,
    run: (change: Partial<Assignment> = {}, signal = NEVER): Promise<Outcome> =>
      runner.execute(createAssignment(workflow, change), signal),
  };
}

const echo = { body: ({ needs, item, input }) => ({ needs, item, input }) } satisfies TaskProgram;

describe("what is handed on", () => {
  test("has a reference where the secret was, and the secret again where it is delivered", async () => {
    const { run } = prepare({ body: ({ secrets = {} }) => ({ list: [`Bearer ${secrets.TOKEN}`] }) });
    const recorded = await run();
    expect(getOutput(recorded)).toEqual({ list: ["Bearer «secret:TOKEN»"] });
    let seen: unknown;
    const next = prepare({
      body({ needs, item }) {
        seen = { needs, item };
      },
    });
    const json = recorded.kind === "succeeded" ? recorded.output : null;
    await next.run({ needsJson: { first: json, none: null }, itemJson: json, index: 0 });
    expect(seen).toEqual({
      needs: { first: { list: [`Bearer ${TOKEN}`] }, none: undefined },
      item: { list: [`Bearer ${TOKEN}`] },
    });
  });

  test("keeps a reference that foreign text holds as text: it is no way to be given a secret", async () => {
    const { run } = prepare({ body: () => ({ page: "<p>«secret:TOKEN»</p> «secret:TOKEN~base64.0»" }) });
    const recorded = await run();
    const json = recorded.kind === "succeeded" ? recorded.output : null;
    expect(json).not.toContain(TOKEN);
    const lengths: number[] = [];
    const next = prepare({
      body({ needs }) {
        const { page } = needs.first as { page: string };
        lengths.push(page.length);
        return page.includes(TOKEN);
      },
    });
    expect(getOutput(await next.run({ needsJson: { first: json } }))).toBe(false);
    expect(lengths).toEqual(["<p>«secret:TOKEN»</p> «secret:TOKEN~base64.0»".length]);
  });

  test("the input of a run stays as it was written: a reference there is text", async () => {
    const { run } = prepare({ body: ({ input }) => (input as string).length });
    expect(getOutput(await run({ inputJson: '"«secret:TOKEN»"' }))).toBe("«secret:TOKEN»".length);
  });

  test("a number that holds a secret comes back as a number", async () => {
    process.env.LOCKSTEP_TEST_PIN = "48151623";
    const secrets = { PIN: { env: "LOCKSTEP_TEST_PIN" } };
    const made = await prepare({ body: () => ({ pin: 48151623 }) }, { secrets }).run();
    const json = made.kind === "succeeded" ? made.output : null;
    expect(json).not.toContain("48151623");
    const types: unknown[] = [];
    const body: TaskProgram["body"] = ({ needs }) => void types.push(needs.a);
    await prepare({ body }, { secrets }).run({ needsJson: { a: json } });
    delete process.env.LOCKSTEP_TEST_PIN;
    expect(types).toEqual([{ pin: 48151623 }]);
  });

  test("an edit of what was shown may keep its references", async () => {
    const seen: unknown[] = [];
    const body: TaskProgram["body"] = ({ item }) => void seen.push(item);
    const { run } = prepare({ body }, { spec: { map: {}, checkpoint: { each: true } } });
    const approval = { seenInputHash: null, editedJson: '["«secret:TOKEN»", 2]', only: null };
    await run({ index: 0, itemJson: "[1]", approved: true, approval });
    expect(seen).toEqual([[TOKEN, 2]]);
  });

  test("a child workflow is not given secrets as input", async () => {
    const childInput: TaskProgram["childInput"] = ({ secrets }) => ({ token: secrets?.TOKEN });
    const { run } = prepare({ childInput }, { spec: { kind: "child", child: "other" } });
    const refused = await run();
    expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "secret_refused" } });
    expect(getMessage(refused)).toContain("Declare it in the child: secrets: [TOKEN]");
  });
});

describe("a secret file", () => {
  const readFrom = async (file: string, cwd: string) =>
    await prepare({ body: ({ secrets }) => secrets?.FILE?.length }, { secrets: { FILE: { file } } }).run({ cwd });

  test("is read without its last line break, relative to the workflow's folder", async () => {
    const cwd = createTemporaryFolder();
    writeFileSync(join(cwd, "secret.txt"), "0123456789\n", { mode: 0o600 });
    symlinkSync("secret.txt", join(cwd, "link"));
    expect(getOutput(await readFrom("secret.txt", cwd))).toBe(10);
    expect(getOutput(await readFrom("link", cwd))).toBe(10);
  });

  test("that others may read, is a folder, is missing, empty, binary or large is refused with what to do", async () => {
    const cwd = createTemporaryFolder();
    const write = (name: string, text: string | Buffer) => writeFileSync(join(cwd, name), text, { mode: 0o600 });
    write("open", TOKEN);
    chmodSync(join(cwd, "open"), 0o640);
    mkdirSync(join(cwd, "folder"));
    symlinkSync("loop", join(cwd, "loop"));
    write("empty", "\n");
    write("binary", Buffer.of(0xff, 0xfe, 0x00, 0x80));
    write("large", "x".repeat(70_000));
    const refusals = {
      open: `its mode is 0640, expected 0600 or stricter (chmod 600 ${cwd}/open)`,
      folder: `${cwd}/folder is not a regular file`,
      missing: `there is no file ${cwd}/missing`,
      empty: "it is empty",
      binary: "it is not text in UTF-8",
      loop: `${cwd}/loop cannot be looked at (ELOOP)`,
      large: `${cwd}/large is larger than 64 KiB`,
    };
    for (const [file, why] of Object.entries(refusals)) {
      const refused = await readFrom(file, cwd);
      expect(refused).toMatchObject({ kind: "failed", retryable: false, error: { code: "secret_missing" } });
      expect(getMessage(refused)).toContain(`the secret FILE is missing: expected it from the file ${file}, but `);
      expect(getMessage(refused)).toContain(why);
    }
  });
});

describe("a command that prints a secret", () => {
  const printFrom = (command: readonly string[]) =>
    prepare({ body: ({ secrets }) => secrets?.CMD?.length }, { secrets: { CMD: { command } } });

  test("runs once in a minute for all attempts, without a shell", async () => {
    const cwd = createTemporaryFolder();
    writeFileSync(join(cwd, "print"), `#!/bin/sh\necho x >> count\necho "secret-$1"\n`, { mode: 0o700 });
    const { run } = printFrom(["./print", "$HOME;"]);
    const all = await Promise.all([run({ cwd }), run({ cwd }), run({ cwd })]);
    expect(all.map(getOutput)).toEqual(Array(3).fill("secret-$HOME;".length));
    expect(readFileSync(join(cwd, "count"), "utf8")).toBe("x\n");
    clock.advance(61_000);
    await run({ cwd });
    expect(readFileSync(join(cwd, "count"), "utf8")).toBe("x\nx\n");
  });

  test("is tried again where it failed, and what it printed is said nowhere", async () => {
    const cwd = createTemporaryFolder();
    const { run } = printFrom(["sh", "-c", `echo ${TOKEN}; echo ${TOKEN} >&2; test -e ready`]);
    const failed = await run({ cwd });
    expect(failed).toMatchObject({ kind: "failed", retryable: true, error: { code: "secret_failed" } });
    expect(getMessage(failed)).toContain("but it exited with 1.");
    appendFileSync(join(cwd, "ready"), "");
    expect(getOutput(await run({ cwd }))).toBe(TOKEN.length);
    expect(getMessage(await printFrom(["a\0b"]).run({ cwd }))).toContain("but it could not be started");
    expect(getMessage(await printFrom(["true"]).run({ cwd: join(cwd, "gone") }))).toContain(
      "but it could not be started",
    );
    expect(getMessage(await printFrom(["no-such-program"]).run({ cwd }))).toContain("but it was not found.");
  });

  test("has 30 seconds, and ends with all that it started", async () => {
    const cwd = createTemporaryFolder();
    const { run } = printFrom(["sh", "-c", "sleep 1000 & echo $! > pid; wait"]);
    const slow = run({ cwd });
    const pid = await readPid(join(cwd, "pid"));
    clock.advance(30_000);
    expect(getMessage(await slow)).toContain("but it did not end within 30 s.");
    await waitUntil(() => !isAlive(pid), "its child is gone");
  });

  test("is not waited for by an attempt that is canceled, and is ended when the runner closes", async () => {
    const cwd = createTemporaryFolder();
    const { run, runner } = printFrom(["sh", "-c", "echo $$ > pid; exec sleep 1000"]);
    const controller = new AbortController();
    const slow = run({ cwd }, controller.signal);
    const pid = await readPid(join(cwd, "pid"));
    controller.abort();
    expect(await slow).toMatchObject({ status: "canceled" });
    await runner.close();
    expect(isAlive(pid)).toBe(false);
  });
});

test("a short secret may be a part of a path by chance; as a value it is refused, and it is masked everywhere", async () => {
  process.env.LOCKSTEP_TEST_SHORT = "admin";
  const secrets = { SHORT: { env: "LOCKSTEP_TEST_SHORT" } };
  const echoed = (...args: readonly string[]) =>
    prepare(
      { command: () => ({ command: { kind: "exec", argv: ["echo", ...args] }, output: "text" }) },
      { secrets, spec: { kind: "command" } },
    ).run();
  expect(getOutput(await echoed("/home/admin/data", "administrator"))).toBe(
    "/home/«secret:SHORT»/data «secret:SHORT»istrator",
  );
  for (const arg of ["admin", "--password=admin", "Authorization: admin", "me:admin"]) {
    expect(await echoed("x", arg)).toMatchObject({
      kind: "failed",
      retryable: false,
      error: { code: "secret_refused" },
    });
  }
  const script = { kind: "shell", script: 'echo admin "$1"', args: ["x"], shell: "bash" } as const;
  const shell = prepare(
    { command: () => ({ command: script, output: "text" }) },
    { secrets, spec: { kind: "command" } },
  );
  expect(getOutput(await shell.run())).toBe("«secret:SHORT» x");
  delete process.env.LOCKSTEP_TEST_SHORT;
});

test("to read a secret that is not declared throws, though the language would not", async () => {
  const { run } = prepare({ body: ({ secrets }) => `Bearer ${secrets?.TOKN}` });
  expect(getMessage(await run())).toBe('secrets has no "TOKN". Did you mean "TOKEN"?');
  const whole = prepare({ body: async ({ secrets }) => ({ ...(await secrets), text: JSON.stringify(secrets) }) });
  expect(getOutput(await whole.run())).toEqual({ TOKEN: "«secret:TOKEN»", text: '{"TOKEN":"«secret:TOKEN»"}' });
});

test("what a task without need of a secret does, does not depend on it", async () => {
  const secrets = { NONE: { env: "LOCKSTEP_TEST_NONE" } };
  expect(await prepare(echo, { secrets }).run()).toMatchObject({ kind: "succeeded" });
  const needing = await prepare(echo, { secrets }).run({ needsJson: { a: '"«secret:NONE»"' } });
  expect(getMessage(needing)).toContain("the secret NONE is missing: expected it from the variable LOCKSTEP_TEST_NONE");
});

async function readPid(file: string): Promise<number> {
  const read = () => (existsSync(file) ? Number(readFileSync(file, "utf8")) : 0);
  await waitUntil(() => read() > 0, "it has said its process id");
  return read();
}
