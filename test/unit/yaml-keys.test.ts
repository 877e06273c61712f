import { expect, test } from "vitest";
import { createContext, findTask, listMistakes, loadText } from "../support/yaml-files.ts";

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
    returns: { kind: "task", task: 0 },
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

test("the result is the output of the only last task, or of the last tasks by their ids, unless returns says more", () => {
  expect(loadText("tasks: { a: { run: x }, b: { run: x, needs: [a] } }").program.spec.returns).toEqual({
    kind: "task",
    task: 1,
  });
  expect(loadText("tasks: { a: { run: x }, b: { run: x }, c: { run: x, after: [a] } }").program.spec.returns).toEqual({
    kind: "record",
    tasks: { b: 1, c: 2 },
  });
});

test("returns is a task, a record of tasks, or a template", () => {
  const tasks = "tasks: { a: { run: x }, b: { run: x, needs: [a] } }";
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
