import { join } from "node:path";
import { expect, test } from "vitest";
import { NonRetryableError } from "../../src/core/errors.ts";
import { loadYaml } from "../../src/definition/yaml/parse-file.ts";
import { createContext, findTask, listMistakes, loadText, withFiles } from "../support/yaml-files.ts";

test("the keys of a workflow become its spec, and defaults are left out", () => {
  const { program, warnings } = loadText(`
name: all-keys
description: Everything
labels: { team: ops }
secrets: { TOKEN: { command: [pass, token] }, KEY: { env: KEY }, CERT: { file: cert.pem } }
maxConcurrent: 3
strategy: layers
timeout: 2h
onFailure: stop
checkpoint: { every: layer, risk: high, timeout: 1d, onTimeout: reject }
schedule:
  - { cron: "0  2 * * *", timezone: UTC, catchup: all, catchupWindow: 2d, overlap: queue, whileWaiting: supersede, jitter: 5m, gap: skip, repeat: both, from: 2026-01-01, until: 2027-01-01 }
  - { cron: "@daily", name: second }
  - { cron: "0 0 3 * * *" }
resources: { ram: { capacity: 8000 }, github: { rate: 80/min, burst: 10 }, db: { slots: 4 } }
notify: { failed: ops, succeeded: log, checkpoint: ops, late: ops }
tasks: { a: { run: x } }
`);
  expect(warnings).toEqual([]);
  expect(program.spec).toEqual({
    format: 1,
    name: "all-keys",
    description: "Everything",
    labels: { team: "ops" },
    input: { type: "object", properties: {}, additionalProperties: false },
    secrets: { TOKEN: { command: ["pass", "token"] }, KEY: { env: "KEY" }, CERT: { file: "cert.pem" } },
    maxConcurrent: 3,
    timeoutMs: 7_200_000,
    onFailure: "stop",
    review: { risk: "high", timeoutMs: 86_400_000, onTimeout: "reject" },
    schedules: [
      {
        name: "all-keys",
        cron: "0 2 * * *",
        timezone: "UTC",
        catchup: "all",
        catchupWindowMs: 172_800_000,
        overlap: "queue",
        whileWaiting: "supersede",
        jitterMs: 300_000,
        gap: "skip",
        repeat: "both",
        from: "2026-01-01",
        until: "2027-01-01",
      },
      { name: "second", cron: "@daily" },
      { name: "all-keys-3", cron: "0 0 3 * * *" },
    ],
    resources: { ram: { capacity: 8000 }, github: { rate: 80, windowMs: 60_000, burst: 10 }, db: { slots: 4 } },
    notify: { failed: "ops", succeeded: "log", checkpoint: "ops", late: "ops" },
    tasks: [{ id: "a", kind: "command" }],
  });
});

test("every-layer is a review with the defaults, and eager is said", () => {
  expect(loadText("checkpoint: every-layer\ntasks: { a: { run: x } }").program.spec.review).toEqual({});
  expect(loadText("strategy: eager\ntasks: { a: { run: x } }").program.spec.strategy).toBe("eager");
});

test("the name is that of the file unless the file says another", () => {
  expect(loadText("tasks: { a: { run: x } }", "flows/nightly.yaml").program.spec.name).toBe("nightly");
  expect(listMistakes("tasks: { a: { run: x } }", "My Flow.yaml")).toEqual([
    "My Flow.yaml:1:1  the file's name is no workflow's name: expected a small letter, then small letters, digits or - (at most 63), found \"My Flow\". Add name: to the file",
  ]);
});

test("the keys of a task become its spec", () => {
  const { spec } = loadText(`
tasks:
  first: { run: x }
  other: { run: x }
  all:
    description: All of it
    needs: { data: first }
    after: [other]
    when: all_done
    if: \${{ needs.data != null }}
    retry: { attempts: 4, backoff: 2s, factor: 3, maxDelay: 1m, jitter: 0 }
    timeout: 30s
    grace: 1s
    uses: { ram: 100 }
    priority: 5
    allowFailure: true
    checkpoint: { message: Go on?, risk: low, each: true, fields: { count: { type: integer } } }
    map: { over: "\${{ needs.data }}", chunks: 4, tolerate: 2, maxItems: 50 }
    maxConcurrent: 2
    run: x
`).program;
  expect(spec.tasks[2]).toEqual({
    id: "all",
    kind: "command",
    description: "All of it",
    needs: { data: 0 },
    after: [1],
    when: "all_done",
    conditional: true,
    retry: { attempts: 4, backoffMs: 2_000, factor: 3, maxDelayMs: 60_000, jitter: 0 },
    timeoutMs: 30_000,
    graceMs: 1_000,
    uses: { ram: 100 },
    priority: 5,
    allowFailure: true,
    checkpoint: {
      message: "Go on?",
      risk: "low",
      each: true,
      fields: {
        type: "object",
        properties: { count: { type: "integer" } },
        required: ["count"],
        additionalProperties: false,
      },
    },
    map: { chunks: 4, maxConcurrent: 2, tolerate: 2, maxItems: 50 },
  });
});

test("tasks stand in layer order, then in the order of the file", () => {
  const { spec } = loadText(`
tasks:
  last: { run: x, needs: [left, right] }
  right: { run: x, needs: [root] }
  root: { run: x }
  left: { run: x, after: [root] }
  free: { run: x, uses: [db] }
`).program;
  expect(spec.tasks).toEqual([
    { id: "root", kind: "command" },
    { id: "free", kind: "command", uses: { db: 1 } },
    { id: "right", kind: "command", needs: { root: 0 } },
    { id: "left", kind: "command", after: [0] },
    { id: "last", kind: "command", needs: { left: 3, right: 2 } },
  ]);
});

test("a command gets its values as arguments, variables, stdin and files, each exactly as it is", () => {
  const hostile = "-a 'b' \"c\" $(d) `e`\n;f * ${{ input.x }}";
  const { program } = loadText(
    `
input: { x: { type: string } }
env: { A: "\${{ input.x }}", N: 5, ON: true }
inheritEnv: [LANG, SSH_AUTH_SOCK]
tasks:
  run:
    run: printf %s "$A"
    shell: [zsh, -f]
    env: { B: "<\${{ env.A }}>", A: "\${{ input.x }}!" }
    inheritEnv: [EDITOR]
    stdin: "\${{ input.x }}"
    files: { "a.txt": "\${{ input.x }}", n: 7 }
    cwd: sub
    output: nul
  exec:
    exec: [echo, "\${{ input.x }}", 5, true, "x\${{ json(input) }}", "\${{ lines('p\\nq') }}"]
`,
    "/flows/backup.yaml",
  );
  const context = createContext({ input: { x: hostile } });
  expect(findTask(program, "run").command?.(context)).toEqual({
    command: { kind: "shell", script: 'printf %s "$A"', args: [], shell: ["zsh", "-f"] },
    env: { A: `${hostile}!`, B: `<${hostile}>`, N: "5", ON: "true" },
    inheritEnv: ["LANG", "SSH_AUTH_SOCK", "EDITOR"],
    stdin: hostile,
    files: { "a.txt": hostile, n: "7" },
    cwd: "/flows/sub",
    output: "nul",
  });
  expect(findTask(program, "exec").command?.(context)).toEqual({
    command: { kind: "exec", argv: ["echo", hostile, "5", "true", `x${JSON.stringify({ x: hostile })}`, "p", "q"] },
    env: { A: hostile, N: "5", ON: "true" },
    inheritEnv: ["LANG", "SSH_AUTH_SOCK"],
    cwd: "/flows",
    output: "none",
  });
});

test("run has the facts of the attempt", () => {
  const { program } = loadText('tasks: { a: { run: x, stdin: "${{ json(run) }}" } }');
  const plan = findTask(program, "a").command?.(createContext({ feedback: "again", answers: { n: 1 } }));
  expect(JSON.parse((plan as { stdin: string }).stdin)).toEqual({
    id: "7",
    uid: "u7",
    workflow: "backup",
    task: "t",
    labels: { team: "ops" },
    attempt: 2,
    key: "u7:0:-:0",
    scheduledAt: "2026-03-29T02:30:00.000+02:00",
    feedback: "again",
    answers: { n: 1 },
  });
});

test("a map has its list, its label, and item and index inside", () => {
  const { program } = loadText(`
tasks:
  list: { run: x, output: lines }
  each:
    needs: [list]
    map: { over: "\${{ needs.list }}", batch: 2, label: "\${{ index }}: \${{ item[0] }} …" }
    exec: [rm, --, "\${{ item }}"]
  short: { needs: [list], map: "\${{ needs.list }}", exec: [rm, "\${{ item }}"] }
  fixed: { map: { over: [1, { a: "\${{ run.id }}" }] }, run: x }
`);
  const before = createContext({ needs: { list: ["a", "b", "c"] } });
  const inside = { ...before, item: ["a", "b"], index: 0 };
  const each = findTask(program, "each");
  expect(each.over?.(before)).toEqual(["a", "b", "c"]);
  expect(each.label?.(inside)).toBe("0: a …");
  expect(each.command?.(inside)).toMatchObject({ command: { argv: ["rm", "--", "a", "b"] } });
  expect(findTask(program, "short").over?.(before)).toEqual(["a", "b", "c"]);
  expect(findTask(program, "fixed").over?.(before)).toEqual([1, { a: "7" }]);
});

test("conditions and checkpoints are functions of what is known", () => {
  const { program } = loadText(`
input: { dry: { type: boolean } }
tasks:
  list: { run: x }
  gate:
    needs: [list]
    if: \${{ !input.dry && length(needs.list) > 0 }}
    confirm: { message: "Delete \${{ length(needs.list) }} files?", show: { files: "\${{ needs.list }}" }, if: "\${{ length(needs.list) > 1 }}" }
  never: { run: x, if: false, checkpoint: Sure? }
  always: { run: x, if: true, checkpoint: "Run \${{ run.id }}?" }
`);
  const context = createContext({ input: { dry: false }, needs: { list: ["a"] } });
  const gate = findTask(program, "gate");
  expect(gate.condition?.(context)).toBe(true);
  expect(gate.condition?.(createContext({ input: { dry: true }, needs: { list: ["a"] } }))).toBe(false);
  expect(gate.checkpoint?.message?.(context)).toBe("Delete 1 files?");
  expect(gate.checkpoint?.show?.(context)).toEqual({ files: ["a"] });
  expect(gate.checkpoint?.condition?.(context)).toBe(false);
  expect(findTask(program, "never").condition?.(context)).toBe(false);
  expect(findTask(program, "always").condition).toBeUndefined();
  expect(findTask(program, "always").checkpoint?.message?.(context)).toBe("Run 7?");
  expect(program.spec.tasks.find(({ id }) => id === "never")).toEqual({
    id: "never",
    kind: "command",
    conditional: true,
    checkpoint: { message: "Sure?" },
  });
  expect(program.spec.tasks.find(({ id }) => id === "gate")?.kind).toBe("confirm");
});

test("a request has its address, method, headers and body", () => {
  const { program } = loadText(`
secrets: [TOKEN]
input: { user: { type: integer } }
tasks:
  short: { http: "http://localhost/u/\${{ input.user }}" }
  long:
    http:
      url: http://localhost/
      method: POST
      headers: { Authorization: "Bearer \${{ secrets.TOKEN }}", X-User: "\${{ input.user }}" }
      body: { user: "\${{ input.user }}", list: [1, "\${{ run.id }}"] }
`);
  const context = createContext({ input: { user: 5 }, secrets: { TOKEN: "t0k" } });
  expect(findTask(program, "short").request?.(context)).toEqual({ url: "http://localhost/u/5" });
  expect(findTask(program, "long").request?.(context)).toEqual({
    url: "http://localhost/",
    method: "POST",
    headers: { Authorization: "Bearer t0k", "X-User": "5" },
    body: { user: 5, list: [1, "7"] },
  });
});

test("a secret that was not given fails the attempt instead of becoming an empty text", () => {
  const { program } = loadText('secrets: [TOKEN]\ntasks: { a: { run: x, env: { T: "${{ secrets.TOKEN }}" } } }');
  const run = (): unknown => findTask(program, "a").command?.(createContext());
  expect(run).toThrow(NonRetryableError);
  expect(run).toThrow('the secret "TOKEN" was not given to this attempt');
});

test("what an expression cannot work out names the expression", () => {
  const { program } = loadText('tasks: { a: { exec: [x, "${{ run.feedback > 3 }}"] } }');
  expect(() => findTask(program, "a").command?.(createContext())).toThrow(
    "${{ run.feedback > 3 }}: >: expected two numbers or two texts, found nothing and 3 (a number)",
  );
});

test("defaults go to all tasks that do not have the key, where it has a meaning", () => {
  const { program } = loadText(
    `
defaults: { timeout: 5m, retry: { attempts: 2 }, shell: sh, env: { A: 1, B: 2 }, cwd: sub, output: text, maxConcurrent: 4 }
tasks:
  a: { run: x }
  b: { exec: [x], timeout: 1m, env: { B: 3 }, map: { over: [1] } }
  c: { confirm: Sure? }
`,
    "/flows/backup.yaml",
  );
  const [a, b, c] = program.spec.tasks;
  expect(a).toMatchObject({ timeoutMs: 300_000, retry: { attempts: 2 } });
  expect(a?.map).toBeUndefined();
  expect(b).toMatchObject({ timeoutMs: 60_000, map: { maxConcurrent: 4 } });
  expect(c).toEqual({ id: "c", kind: "confirm", checkpoint: { message: "Sure?" } });
  expect(findTask(program, "a").command?.(createContext())).toEqual({
    command: { kind: "shell", script: "x", args: [], shell: "sh" },
    env: { A: "1", B: "2" },
    cwd: "/flows/sub",
    output: "text",
  });
  expect(findTask(program, "b").command?.(createContext())).toMatchObject({ env: { A: "1", B: "3" } });
});

test("returns is a task, a record of tasks, or a template", () => {
  const tasks = "tasks: { a: { run: x }, b: { run: x, needs: [a] } }";
  expect(loadText(tasks).program.spec.returns).toBeUndefined();
  expect(loadText(`returns: "\${{ needs.b }}"\n${tasks}`).program.spec.returns).toEqual({ kind: "task", task: 1 });
  expect(loadText(`returns: { x: "\${{ needs.a }}", y: "\${{ needs['b'] }}" }\n${tasks}`).program.spec.returns).toEqual(
    {
      kind: "record",
      tasks: { x: 0, y: 1 },
    },
  );
  const { program } = loadText(`returns: { n: "\${{ needs.a.n }}", t: "\${{ needs.b }}!" }\n${tasks}`);
  expect(program.spec.returns?.kind).toBe("template");
  expect(program.returns?.(createContext({ needs: { a: { n: 1 }, b: "x" } }))).toEqual({ n: 1, t: "x!" });
  expect(listMistakes(`returns: "\${{ needs.c }}"\n${tasks}`)[0]).toContain('needs has no "c"');
});

test("dotenv files give variables, below those of env, and belong to the code hash", () => {
  const text = 'dotenv: [a.env]\nenv: { B: two }\ntasks: { a: { run: x, env: { D: "${{ env.A }}" } } }';
  const [first, second] = ["one", "changed"].map((value) =>
    withFiles({ "a.env": `# words\nexport A=${value} # rest\nB='x'\nC="y\\n\\"z\\"$A"\n\n` }, (folder) => {
      const { program, codeHash } = loadYaml(text, join(folder, "flow.yaml"));
      return { plan: findTask(program, "a").command?.(createContext()), codeHash };
    }),
  );
  expect(first?.plan).toMatchObject({ env: { A: "one", B: "two", C: 'y\n"z"$A', D: "one" } });
  expect(first?.codeHash).toMatch(/^[0-9a-f]{64}$/);
  expect(second?.codeHash).not.toBe(first?.codeHash);
});

test("a mistake in a dotenv file has its place there", () => {
  withFiles({ "a.env": "A=1\nB 2\nC='x\nLOCKSTEP_X=1\n" }, (folder) => {
    const mistakes = listMistakes("dotenv: [a.env]\ntasks: { a: { run: x } }", join(folder, "flow.yaml"));
    expect(mistakes).toEqual([
      `${folder}/a.env:2:1  expected NAME=value`,
      `${folder}/a.env:3:1  the value of C has a quote that is not closed`,
      `${folder}/a.env:4:1  LOCKSTEP_X: variables that begin with LOCKSTEP_ are set for each command`,
    ]);
  });
});

test("a child is found by file, or by name beside this one, and given its input", () => {
  const files = {
    "child.yaml": "input: { n: { type: integer } }\ntasks: { a: { run: x } }",
    "other.yaml": "name: renamed\ntasks: { a: { run: x } }",
  };
  withFiles(files, (folder) => {
    const text = `
tasks:
  a: { workflow: { name: child, input: { n: "\${{ run.attempt }}" } } }
  b: { workflow: ./other.yaml }
  c: { workflow: elsewhere }
`;
    const { program, warnings } = loadYaml(text, join(folder, "flow.yaml"));
    expect(program.spec.tasks.map(({ kind, child }) => [kind, child])).toEqual([
      ["child", "child"],
      ["child", "renamed"],
      ["child", "elsewhere"],
    ]);
    expect([...(program.children?.keys() ?? [])]).toEqual(["child", "renamed"]);
    expect(findTask(program, "a").childInput?.(createContext())).toEqual({ n: 2 });
    expect(findTask(program, "b").childInput?.(createContext())).toEqual({});
    expect(warnings).toEqual([
      {
        message:
          'workflow: no elsewhere.yaml lies beside this file; an engine must know "elsewhere" when the task starts',
        place: { file: join(folder, "flow.yaml"), line: 5, column: 18 },
      },
    ]);
  });
});

test("a child's mistakes have their places in its file, and no workflow starts itself", () => {
  withFiles({ "child.yaml": "tasks: { a: { rn: x } }", "loop.yaml": "tasks: { a: { workflow: loop } }" }, (folder) => {
    expect(listMistakes("tasks: { a: { workflow: child } }", join(folder, "flow.yaml"))).toEqual([
      `${folder}/child.yaml:1:15  unknown key "rn" in task "a". Did you mean "run"?`,
    ]);
    expect(listMistakes("tasks: { a: { workflow: loop } }", join(folder, "loop.yaml"))).toEqual([
      `${folder}/loop.yaml:1:25  workflow: a workflow cannot start itself, directly or through its children`,
    ]);
  });
});
