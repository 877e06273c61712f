import { describe, expect, test } from "vitest";
import { z } from "zod";
import { InvalidDefinitionError } from "../../src/core/errors.ts";
import { workflow } from "../../src/definition/workflow.ts";
import { toProgram } from "../../src/definition/workflow-mark.ts";

/** The builder as JavaScript sees it: nothing was checked by a compiler. */
type Loose = Record<string, (...args: unknown[]) => never>;
const loose = workflow as unknown as (...args: unknown[]) => Loose;
const noop = () => 1;

function messageOf(declare: () => unknown): string {
  try {
    declare();
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

function messageOfTask(options: unknown, method = "task"): string {
  return messageOf(() => loose("w")[method]?.("t", options, noop));
}

describe("a workflow's name and options", () => {
  test.each([
    ["a capital", ["Backup"], /expected a workflow name of a small letter.*found "Backup"/],
    ["no name", [], /expected a workflow name.*found nothing/],
    ["a list for options", ["w", []], 'workflow "w": options: expected an object, found an empty list'],
    [
      "an unknown key",
      ["w", { maxConcurent: 3 }],
      'unknown key "maxConcurent" in workflow "w". Did you mean "maxConcurrent"?',
    ],
    [
      "a fraction of tasks",
      ["w", { maxConcurrent: 1.5 }],
      /maxConcurrent: expected an integer from 1 to 100000, found 1\.5/,
    ],
    [
      "a number as timeout",
      ["w", { timeout: 30 }],
      'workflow "w": timeout: expected a duration such as 30s, 5m or 2h, found 30 (a number). Did you mean 30s?',
    ],
    [
      "a strategy that is none",
      ["w", { strategy: "layer" }],
      'workflow "w": strategy: expected one of "layers", "eager", found "layer". Did you mean "layers"?',
    ],
    ["no schema", ["w", { input: { dir: "text" } }], /input: expected a schema such as z\.object.*found an object/],
    [
      "a review without layers",
      ["w", { strategy: "eager", checkpoint: "every-layer" }],
      /checkpoint: a review after every layer needs strategy "layers"/,
    ],
    [
      "a review of nothing",
      ["w", { checkpoint: { risk: "high" } }],
      /checkpoint\.every: expected "layer", found nothing/,
    ],
    ["labels that are no texts", ["w", { labels: { team: 3 } }], /labels\.team: expected text, found 3/],
    [
      "a cron rule with too few fields",
      ["w", { schedule: { cron: "0 2" } }],
      /schedule\.cron: expected a cron rule of five fields.*found "0 2"/,
    ],
    [
      "a time zone that is none",
      ["w", { schedule: { cron: "0 2 * * *", timezone: "Europe/Pari" } }],
      /schedule\.timezone: expected a time zone such as Europe\/Paris, or local, found "Europe\/Pari"/,
    ],
    [
      "a cron rule that names no time",
      ["w", { schedule: [{ cron: "0 2 * * *" }, { cron: "61 2 * * *" }] }],
      /schedule\[1\]\.cron: expected a cron pattern.*found "61 2 \* \* \*": invalid value for minute: 61/,
    ],
    [
      "a cron rule of a day that never comes",
      ["w", { schedule: { cron: "0 2 30 2 *" } }],
      /schedule\.cron: .*no such day exists, so it would never fire/,
    ],
    [
      "a catch-up that overlap would skip",
      ["w", { schedule: { cron: "0 2 * * *", catchup: "all" } }],
      /schedule\.overlap: expected "allow", "queue" or "cancel" beside catchup: "all"/,
    ],
    [
      "a schedule that ends before it begins",
      ["w", { schedule: { cron: "0 2 * * *", from: "2026-02-01", until: "2026-01-01" } }],
      /schedule\.until: expected a time after from/,
    ],
    [
      "a second schedule with the name of the first",
      ["w", { schedule: [{ cron: "0 2 * * *" }, { cron: "0 3 * * *", name: "w" }] }],
      /two schedules are named "w"/,
    ],
    [
      "a rate that is none",
      ["w", { resources: { api: { rate: "80 per minute" } } }],
      /resources\.api\.rate: expected a rate such as 10\/s, 80\/min/,
    ],
    [
      "two kinds of resource in one",
      ["w", { resources: { api: { slots: 1, capacity: 2 } } }],
      /resources\.api: expected exactly one of slots, capacity, rate/,
    ],
    [
      "a channel for nothing",
      ["w", { notify: { faild: "ops" } }],
      'workflow "w": unknown key "faild" in notify. Did you mean "failed"?',
    ],
    ["a secret in the file", ["w", { secrets: { TOKEN: "abc" } }], /secrets\.TOKEN: expected \{ env: NAME \}/],
  ])("%s is refused", (_, args, expected) => {
    const message = messageOf(() => loose(...args));
    if (typeof expected === "string") expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });
});

describe("a task's id and options", () => {
  test("an id is a letter, then letters, digits, _ and -", () => {
    expect(messageOf(() => workflow("w").task("1st", noop))).toMatch(
      /workflow "w": expected a task id of a letter.*found "1st"/,
    );
  });

  test("an id stands once", () => {
    const wf = workflow("w");
    wf.task("a", noop);
    expect(messageOf(() => wf.task("a", noop))).toBe('workflow "w" has two tasks "a". Rename one.');
  });

  test.each([
    ["an unknown key", { need: {} }, 'unknown key "need" in task "t". Did you mean "needs"?'],
    [
      "an unknown key inside",
      { retry: { attempt: 3 } },
      'task "t": unknown key "attempt" in retry. Did you mean "attempts"?',
    ],
    [
      "a bare number as timeout",
      { timeout: 30 },
      'task "t": timeout: expected a duration such as 30s, 5m or 2h, found 30 (a number). Did you mean 30s?',
    ],
    ["no attempts", { retry: { attempts: 0 } }, 'task "t": retry.attempts: expected an integer from 1 to 100, found 0'],
    [
      "a number for retry",
      { retry: 3 },
      'task "t": retry: expected an object such as { attempts: 3, backoff: "1s" }, found 3',
    ],
    [
      "a jitter above 1",
      { retry: { attempts: 2, jitter: 2 } },
      'task "t": retry.jitter: expected a number from 0 to 1, found 2',
    ],
    [
      "a trigger that is none",
      { when: "all_don" },
      'task "t": when: expected one of "all_succeeded", "all_done", "any_failed", found "all_don". Did you mean "all_done"?',
    ],
    ["a text as condition", { if: "true" }, /task "t": if: expected a function.*found "true"/],
    [
      "a name as need",
      { needs: { a: "a" } },
      'task "t": needs.a: expected a task of this workflow (what wf.task returned), found "a"',
    ],
    ["a name as after", { after: ["a"] }, /after\[0\]: expected a task of this workflow/],
    ["nothing of a resource", { uses: { ram: 0 } }, 'task "t": uses.ram: expected a number above 0, found 0'],
    ["a yes for allowFailure", { allowFailure: "yes" }, 'task "t": allowFailure: expected true or false, found "yes"'],
    [
      "a risk that is none",
      { checkpoint: { risk: "severe" } },
      /checkpoint\.risk: expected one of "low", "medium", "high"/,
    ],
    [
      "an answer of time without a time",
      { checkpoint: { onTimeout: "approve" } },
      /checkpoint\.timeout: expected a duration after which it is to approve/,
    ],
    [
      "a limit of an agent that is not there",
      { checkpoint: { maxRisk: "low" } },
      /checkpoint\.review: expected a function/,
    ],
    ["an isolation that is none", { isolation: "thread" }, /isolation: expected one of "process"/],
  ])("%s is refused", (_, options, expected) => {
    const message = messageOfTask(options);
    if (typeof expected === "string") expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  test.each([
    ["map", {}, /over: expected a task whose output is a list, or a function/],
    ["map", { over: noop, batch: 2, chunks: 2 }, /chunks: expected nothing beside batch/],
    ["map", { over: noop, tolerate: 1.5 }, /tolerate: expected a fraction such as 0\.05/],
    ["map", { over: noop, maxItems: 0 }, /maxItems: expected an integer from 1/],
    ["exec", { output: "line" }, /output: expected one of .* Did you mean "lines"\?/],
    ["exec", { env: { "A B": "x" } }, /env: expected the name of a variable/],
    ["exec", { env: { A: "x\0y" } }, /env\.A: holds a NUL character/],
    ["exec", { files: { "../x": "" } }, /files: expected names of letters/],
    ["shell", { shell: "zhs" }, /shell: expected one of/],
    ["child", { workflow: {} }, /workflow: expected a workflow/],
    ["confirm", {}, /message: expected text or a function, found nothing/],
    ["confirm", { message: "Go?", each: true }, /unknown key "each" in task "t"/],
  ])("wf.%s refuses %o", (method, options, expected) => {
    expect(messageOfTask(options, method)).toMatch(expected);
  });

  test("a task without its function is refused", () => {
    expect(messageOf(() => loose("w").task?.("t", { timeout: "1s" }))).toBe(
      'task "t": body: expected the function that does the work, found nothing',
    );
  });
});

describe("the graph", () => {
  test("a handle of another workflow is refused where it is declared, and the task with it", () => {
    const foreign = workflow("other").task("a", noop);
    const wf = workflow("w");
    expect(messageOf(() => wf.task("b", { needs: { foreign } }, noop))).toBe(
      'task "b": needs.foreign: task "a" belongs to workflow "other", not to this workflow. ' +
        "Need a task of this workflow, or start the other one with wf.child.",
    );
    expect(() => wf.task("b", noop)).not.toThrow();
  });

  test("a workflow without tasks is refused", () => {
    expect(messageOf(() => toProgram(workflow("w")))).toBe(
      'workflow "w" has no task. Declare one with wf.task(id, function).',
    );
  });

  test("after its program was made a workflow takes no more tasks", () => {
    const wf = workflow("w");
    wf.task("a", noop);
    toProgram(wf);
    expect(messageOf(() => wf.task("b", noop))).toBe(
      'workflow "w" was loaded already: declare all tasks while its file is read',
    );
  });

  test("a workflow that starts itself is refused", () => {
    const wf = workflow("w");
    wf.child("again", { workflow: wf }, () => ({}));
    expect(messageOf(() => toProgram(wf))).toBe('workflow "w" starts itself as a child, so it would never end');
  });

  test("the result is said once", () => {
    const wf = workflow("w");
    const a = wf.task("a", noop);
    wf.returns(a);
    expect(messageOf(() => wf.returns({ a }))).toBe('workflow "w": returns: was said twice. Keep one wf.returns.');
  });

  test("a workflow of a newer format is refused", () => {
    const wf = { name: "new", [Symbol.for("lockstep.workflow")]: { format: 2 } };
    expect(messageOf(() => toProgram(wf))).toMatch(/workflow "new" was made by a newer lockstep \(format 2/);
  });

  test("a schema whose library makes no JSON Schema cannot be a form", () => {
    const bare = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } };
    expect(messageOfTask({ checkpoint: { fields: bare } })).toMatch(
      /checkpoint\.fields: expected a schema whose library makes JSON Schema/,
    );
    expect(() => workflow("w", { input: z.object({}) })).not.toThrow();
  });
});
