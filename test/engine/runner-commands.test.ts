import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isOnPath } from "../../src/cli/is-on-path.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import { createAssignment, createProgram, NEVER } from "../support/assignments.ts";
import { bash, createCommands, exec, getMessage, getOutput } from "../support/command-attempts.ts";
import { isAlive, waitUntil } from "../support/wait-until.ts";

const commands = createCommands();
afterAll(() => commands.close());
const { run, folder, readLog } = commands;

const HOSTILE = [
  "",
  " two  spaces ",
  `'single' "double"`,
  "line\nline\n",
  "$(touch pwned) `touch pwned` ${HOME} \\n",
  "--version",
  "-n",
  "*;?[a] && | > < ~ #",
  "ü€𝄞\t\u0007\u001b[31m",
  "x".repeat(90_000),
];

const PYTHON = 'import sys; sys.stdout.write(sys.argv[1] + "\\0")';
const hasPython = isOnPath("python3", process.env.PATH);
if (!hasPython) console.log("skipped: values through python3, which is not on the PATH");

describe("a value reaches the command exactly", () => {
  test.each(HOSTILE.map((value) => [JSON.stringify(value).slice(0, 40), value] as const))("%s", async (_, value) => {
    const print = "process.stdout.write(JSON.stringify(process.argv.slice(1)))";
    const ways = {
      exec: { command: exec("printf", "%s\\0", value), output: "nul" as const },
      bash: { command: bash('printf "%s\\0" "$1"', value), output: "nul" as const },
      sh: { command: { kind: "shell", shell: "sh", script: 'printf "%s\\0" "$1"', args: [value] }, output: "nul" },
      env: { command: bash('printf "%s\\0" "$VALUE"'), env: { VALUE: value }, output: "nul" as const },
      stdin: { command: bash('cat; printf "\\0"'), stdin: value, output: "nul" as const },
      files: {
        command: bash('cat -- "$LOCKSTEP_FILES/a b"; printf "\\0"'),
        files: { "a b": value },
        output: "nul" as const,
      },
      node: { command: { kind: "shell", shell: "node", script: print, args: [value] }, output: "json" },
      python3: { command: { kind: "shell", shell: "python3", script: PYTHON, args: [value] }, output: "nul" },
      custom: {
        command: { kind: "shell", shell: ["sh", "-euc"], script: 'printf "%s\\0" "$1"', args: ["name", value] },
        output: "nul",
      },
    } as const;
    const present = Object.entries(ways).filter(([way]) => way !== "python3" || hasPython);
    for (const [way, plan] of present) expect([way, getOutput(await run(plan))]).toEqual([way, [value]]);
    expect(existsSync(join(folder, "pwned"))).toBe(false);
  });

  test("bash reads nobody's ~/.bashrc, though its standard input is a pipe that is still open", async () => {
    const home = join(folder, "home");
    mkdirSync(home);
    writeFileSync(join(home, ".bashrc"), "export LEAK=bashrc\n");
    const command = bash('wc -c; printf "%s" "${LEAK-none}"');
    const plan = { command, env: { HOME: home }, stdin: "y".repeat(2_097_152), output: "text" as const };
    expect(getOutput(await run(plan))).toBe("2097152\nnone");
    expect(readLog()).not.toContain("bashrc"); // that of Debian complains where variables are unset
  });

  test("200 KiB go through stdin and files; as an argument or variable they are refused with what to do", async () => {
    const value = "y".repeat(200 * 1_024);
    expect(getOutput(await run({ command: exec("cat"), stdin: value }))).toBe(value);
    expect(getOutput(await run({ command: bash('cat "$LOCKSTEP_FILES/v"'), files: { v: value } }))).toBe(value);
    expect(getMessage(await run({ command: exec("printf", value) }))).toBe(
      'Task "work" gives 200 KiB in argument 1, more than the 96 KiB that fit there. Put the value in files: { name: value } and read "$LOCKSTEP_FILES/name".',
    );
    const variable = await run({ command: exec("true"), env: { V: value } });
    expect(getMessage(variable)).toMatch(/gives 200 KiB in the variable V/);
    expect(variable).toMatchObject({ retryable: false });
  });

  test("NUL is refused where no command can be given it, and goes through stdin and files", async () => {
    expect(getMessage(await run({ command: exec("printf", "a\0b") }))).toMatch(/NUL character in argument 1/);
    expect(getMessage(await run({ command: exec("true"), env: { V: "\0" } }))).toMatch(
      /NUL character in the variable V/,
    );
    expect(getOutput(await run({ command: exec("cat"), stdin: "a\0b", output: "nul" }))).toEqual(["a", "b"]);
  });

  test("a file's name cannot leave its folder", async () => {
    expect(getMessage(await run({ command: exec("true"), files: { "../x": "" } }))).toMatch(/cannot be named "..\/x"/);
  });
});

describe("what a command is given", () => {
  test("only the named variables and LOCKSTEP_*", async () => {
    process.env.LOCKSTEP_TEST_SECRET = "hidden";
    process.env.LOCKSTEP_TEST_SHARED = "shared";
    const command = exec(process.execPath, "-p", "JSON.stringify(process.env)");
    const change = { index: 4, itemJson: '{"a":1}', needsJson: { x: "[1]", gone: null }, feedback: "again\nplease" };
    const plan = { command, env: { OWN: "1" }, inheritEnv: ["LOCKSTEP_TEST_SHARED"], output: "json" as const };
    const env = getOutput(await run(plan, {}, change)) as Record<string, string>;
    delete process.env.LOCKSTEP_TEST_SECRET;
    delete process.env.LOCKSTEP_TEST_SHARED;
    expect(env).toMatchObject({ OWN: "1", LOCKSTEP_TEST_SHARED: "shared", PATH: process.env.PATH });
    expect(env).toMatchObject({ LOCKSTEP_TASK: "work", LOCKSTEP_INDEX: "4", LOCKSTEP_FEEDBACK: "again\nplease" });
    expect(env.LOCKSTEP_ATTEMPT).toMatch(/^run\d+:work::1:1$/);
    const known = /^(PATH|HOME|LANG|TZ|USER|TMPDIR|OWN|PWD|SHLVL|OLDPWD|_|LOCKSTEP_.*)$/;
    expect(Object.keys(env).filter((name) => !known.test(name))).toEqual([]);
    expect(env).not.toHaveProperty("LOCKSTEP_TEST_SECRET");
    expect(existsSync(env.LOCKSTEP_FILES ?? "")).toBe(false);
  });

  test("its values as files of its own, 0600, removed afterwards", async () => {
    const script =
      'cat "$LOCKSTEP_INPUT" "$LOCKSTEP_NEEDS" "$LOCKSTEP_ITEM"; stat -c %a "$LOCKSTEP_INPUT" "$LOCKSTEP_FILES/f"';
    const change = { inputJson: '{"i":1}', needsJson: { x: "[1]", gone: null }, itemJson: '"it"' };
    expect(getOutput(await run({ command: bash(script), files: { f: "" } }, {}, change))).toBe(
      '{"i":1}{"x":[1],"gone":null}"it"600\n600',
    );
  });

  test("its folder; one that is not there is an error that says so", async () => {
    mkdirSync(join(folder, "inner"));
    expect(getOutput(await run({ command: exec("pwd"), cwd: join(folder, "inner") }))).toBe(join(folder, "inner"));
    expect(getMessage(await run({ command: exec("pwd"), cwd: join(folder, "none") }))).toMatch(/which is no folder/);
  });
});

describe("output", () => {
  test.each([
    ["text", "a\nb\n", "a\nb"],
    ["lines", "a\n\nb\n", ["a", "", "b"]],
    ["lines", "", []],
    ["nul", "a\nb\0c\0", ["a\nb", "c"]],
    ["json", ' {"a":[1]}\n', { a: [1] }],
  ] as const)("%s of %j", async (output, stdin, expected) => {
    expect(getOutput(await run({ command: exec("cat"), stdin, output }))).toEqual(expected);
  });

  test("none is what was written to $LOCKSTEP_OUTPUT: pairs or one object", async () => {
    const write = (text: string) =>
      run({ command: bash('cat > "$LOCKSTEP_OUTPUT"; echo noise'), stdin: text, output: "none" });
    expect(getOutput(await write(""))).toBeUndefined();
    expect(getOutput(await write("file\0a\nforged=1\0n\0" + "2\0"))).toEqual({ file: "a\nforged=1", n: "2" });
    expect(getOutput(await write('{"a":1}'))).toEqual({ a: 1 });
    expect(getMessage(await write("a\0"))).toMatch(/pairs of names and values, each ended by NUL/);
    expect(getMessage(await write("[1]"))).toMatch(/found "\[1\]"/);
  });

  test("bad JSON fails and shows what was found", async () => {
    expect(getMessage(await run({ command: exec("echo", "oops"), output: "json" }))).toBe(
      'Task "work" was to print JSON (output: json), found "oops\\n".',
    );
  });

  test("more than 1 MiB ends the command and says what to do; none keeps nothing of it", async () => {
    expect(getMessage(await run({ command: exec("yes") }))).toBe(
      'Task "work" wrote more than 1 MiB of output. Write the data to a file and return its path, or set output: none.',
    );
    const outcome = await run({ command: bash("head -c 500000 /dev/zero | tr '\\0' '\\n'"), output: "none" });
    expect(outcome).toMatchObject({ kind: "succeeded", output: null, logCut: expect.any(Number) });
  });

  test("with a schema is what the schema makes of it, or a failure", async () => {
    const program = createProgram(
      {
        command: ({ input }) => ({ command: exec("echo", String(input)), output: "json" }),
        parseOutput: async (value) => {
          if (typeof value !== "number") throw new Error("expected a number");
          return value + 1;
        },
      },
      { kind: "command" },
    );
    const runner = createInProcessRunner({ clock: systemClock, findProgram: () => program });
    const print = (inputJson: string) => runner.execute(createAssignment(program.spec, { inputJson }), NEVER);
    expect(await print("1")).toEqual({ kind: "succeeded", output: "2" });
    expect(await print('"{}"')).toMatchObject({ kind: "failed", error: { message: "expected a number" } });
    await runner.close();
  });

  test("both streams are in the log", async () => {
    await run({ command: bash("echo out; echo err >&2; printf rest") });
    expect(commands.readLog().split("\n").sort()).toEqual(["", "e err", "o out", "o rest"]);
  });
});

describe("the end of a command", () => {
  test("a failure has its exit code and the last line of its errors", async () => {
    expect(await run({ command: bash("echo one >&2; echo two >&2; exit 3") })).toMatchObject({
      kind: "failed",
      status: "failed",
      exitCode: 3,
      retryable: true,
      error: { message: "exited with 3: two" },
    });
    expect(await run({ command: bash("exit 125") })).toMatchObject({ exitCode: 125 });
    expect(getMessage(await run({ command: exec("no-such-program") }))).toMatch(
      /exited with 127 \(not found: no-such-program/,
    );
    expect(await run({ command: bash("false | cat") })).toMatchObject({ exitCode: 1 });
    expect(await run({ command: bash("kill -TERM $$") })).toMatchObject({ status: "crashed", signal: "SIGTERM" });
  });

  test("a timeout ends the whole group, also what ignores SIGTERM and what called setsid", async () => {
    const script = `trap '' TERM; setsid sleep 1000 & echo $! >> pids; sleep 1001 & echo $! >> pids; echo $$ >> pids; while :; do sleep 0.01; done`;
    const outcome = await run({ command: bash(script) }, { timeoutMs: 300, graceMs: 50 });
    expect(outcome).toMatchObject({ kind: "failed", status: "timed_out", retryable: true });
    const pids = readFileSync(join(folder, "pids"), "utf8").trim().split("\n").map(Number);
    expect(pids).toHaveLength(3);
    await waitUntil(() => pids.every((pid) => !isAlive(pid)), "all are dead");
  });

  test("a cancel sends SIGTERM first, and what it then does counts", async () => {
    const controller = new AbortController();
    const script = `trap 'echo cleaned; exit 0' TERM; touch begun; while :; do sleep 0.01; done`;
    const outcome = run({ command: bash(script) }, {}, {}, controller.signal);
    await waitUntil(() => existsSync(join(folder, "begun")), "it has begun");
    controller.abort();
    expect(getOutput(await outcome)).toBe("cleaned");
    const other = new AbortController();
    const canceled = run({ command: bash("touch begun2; sleep 1000") }, {}, {}, other.signal);
    await waitUntil(() => existsSync(join(folder, "begun2")), "it has begun");
    other.abort();
    expect(await canceled).toMatchObject({ kind: "failed", status: "canceled" });
  });

  test("what it left in the background ends with it", async () => {
    expect(getOutput(await run({ command: bash("sleep 1000 & echo $!") }))).toMatch(/^\d+$/);
    const pid = Number(commands.readLog().trim().slice(2));
    await waitUntil(() => !isAlive(pid), "it is dead");
  });

  test("nothing is left in the folder of temporary files", async () => {
    const list = () => readdirSync(join(folder, "tmp"));
    mkdirSync(join(folder, "tmp"));
    const { TMPDIR } = process.env;
    process.env.TMPDIR = join(folder, "tmp");
    try {
      const outcome = run({ command: bash('ls "$LOCKSTEP_FILES"'), files: { f: "x" } });
      expect(getOutput(await outcome)).toBe("f");
      expect(list()).toEqual([]);
      await run({ command: bash("exit 1") });
      await run({ command: exec("printf", "\0") });
      expect(list()).toEqual([]);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  });
});
