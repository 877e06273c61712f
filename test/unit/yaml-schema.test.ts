import { expect, test } from "vitest";
import { renderYamlReference } from "../../src/definition/yaml/render-reference.ts";
import { listKnownKeys, workflowJsonSchema } from "../../src/definition/yaml/workflow-json-schema.ts";
import { listMistakes } from "../support/yaml-files.ts";

const TASK = "tasks: { a: { run: x } }";

test.each([
  ["task: {}", 'unknown key "task" in the workflow. Did you mean "tasks"?'],
  [
    "input: { a: { type: int } }",
    'input.a.type: expected one of string, integer, number, boolean, list, object, found "int"',
  ],
  ["input: { a: { typ: list } }", 'unknown key "typ" in input "a". Did you mean "type"?'],
  ["input: { 9: { type: list } }", 'the name "9": expected an input\'s name'],
  ["strategy: eagr", 'strategy: expected one of layers, eager, found "eagr". Did you mean "eager"?'],
  ["checkpoint: every-layr", 'checkpoint: expected every-layer, found "every-layr". Did you mean "every-layer"?'],
  ["checkpoint: { every: layer, rsk: low }", 'unknown key "rsk" in checkpoint. Did you mean "risk"?'],
  ["maxConcurrent: 0", "maxConcurrent: expected a number of at least 1, found 0 (a number)"],
  ["maxConcurrent: 1.5", "maxConcurrent: expected a whole number, found 1.5 (a number)"],
  ["onFailure: halt", 'onFailure: expected one of continue, stop, found "halt"'],
  ["timeout: 1 hour", 'timeout: expected a duration such as 30s, 5m or 2h, found "1 hour". Did you mean 1h?'],
  ["schedule: { crn: x }", 'unknown key "crn" in schedule. Did you mean "cron"?'],
  ["schedule: { timezone: UTC }", '"cron" is missing in schedule'],
  [
    "schedule: [{ cron: every day }]",
    'schedule[0].cron: expected a cron rule of five fields such as 30 2 * * *, found "every day"',
  ],
  [
    "schedule: { cron: 61 2 * * * }",
    'schedule.cron: expected a cron pattern such as "30 2 * * *", found "61 2 * * *": invalid value for minute: 61',
  ],
  [
    "schedule: [{ cron: 0 2 * * * }, { cron: 0 2 30 2 * }]",
    'schedule.cron: expected a cron pattern such as "30 2 * * *", found "0 2 30 2 *": no such day exists, so it would never fire. Correct the day or the month',
  ],
  [
    "schedule: { cron: 0 2 * * *, timezone: Europe/Pari }",
    'timezone: expected a time zone such as Europe/Paris, or local, found "Europe/Pari". Did you mean "Europe/Paris"?',
  ],
  [
    "schedule: { cron: 0 2 * * *, catchup: all }",
    "catchup: all with overlap: skip would skip what it catches up. Write overlap: queue or allow",
  ],
  [
    "schedule: { cron: 0 2 * * *, from: tomorrow }",
    'schedule.from: expected a date such as 2026-01-31 or 2026-01-31T08:00, found "tomorrow"',
  ],
  [
    "schedule: { cron: 0 2 * * *, from: 2026-02-01, until: 2026-01-01 }",
    'until: expected a date after from (2026-02-01), found "2026-01-01"',
  ],
  [
    "schedule: { cron: 0 2 * * *, input: { a: 1 } }",
    'schedule: input "a": the workflow has no such input. It takes none',
  ],
  [
    "schedule: [{ cron: 0 2 * * *, name: a }, { cron: 0 3 * * *, name: a }]",
    'schedule: the name "a" is there twice. Name one of them',
  ],
  ["resources: { ram: { capacty: 8 } }", 'unknown key "capacty" in resources.ram. Did you mean "capacity"?'],
  ["resources: { ram: 8 }", "resources.ram: expected a map, found 8 (a number)"],
  [
    "resources: { gh: { rate: 80 per minute } }",
    'resources.gh.rate: expected a rate such as 80/min (s, min, h or d), found "80 per minute"',
  ],
  ["secrets: [a-b]", 'secrets[0]: expected a variable\'s name: letters, digits and _, found "a-b"'],
  ["secrets: { A: { fle: x } }", 'unknown key "fle" in secrets.A. Did you mean "file"?'],
  ["notify: { fail: ops }", 'unknown key "fail" in notify. Did you mean "failed"?'],
  ["defaults: { shel: sh }", 'unknown key "shel" in defaults. Did you mean "shell"?'],
  ["dotenv: [nothing.env]", 'dotenv: cannot read "nothing.env" in'],
  ["env: { LOCKSTEP_RUN: 1 }", "expected a name that does not begin with LOCKSTEP_"],
  [
    "checkpoint: every-layer\nstrategy: eager",
    "checkpoint: a review after each layer needs layers, and strategy: eager has none. Remove one",
  ],
  [
    "checkpoint: { every: layer, onTimeout: approve }",
    "onTimeout: expected a timeout beside it, after which it is to approve",
  ],
  ["schedule: 0 2 * * *", 'schedule: expected a map or a list, found "0 2 * * *". Did you mean { cron: "0 2 * * *" }?'],
  ["labels: { team: 3 }", "labels.team: expected text, found 3 (a number)"],
])("a key of the workflow is checked: %s", (lines, message) => {
  const mistakes = listMistakes(`${lines}\n${TASK}`);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(/^backup\.yaml:[12]:\d+ {2}/);
  expect(mistakes[0]).toContain(message);
});

test.each([
  ["{}", 'task "a" does nothing. Add one of run, exec, http, workflow, confirm'],
  ["{ run: x, exec: [y] }", 'task "a" has run and exec. Keep one of them'],
  ["[x]", 'task "a": expected a map, found a list'],
  ["echo hi", 'task "a": expected a map, found "echo hi". Did you mean { run: "echo hi" }?'],
  ["", 'task "a": expected a map, found nothing'],
  ["{ run: x, needs: b }", 'needs: expected a list or a map, found "b". Did you mean [b]?'],
  ["{ run: x, after: b }", 'after: expected a list, found "b". Did you mean [b]?'],
  ["{ run: [echo, 1] }", "run: expected text, found a list. Did you mean exec: [echo, 1]?"],
  ["{ run: x, checkpoint: true }", 'found true (true or false). Did you mean checkpoint: "Go on?"?'],
  ["{ run: x, needs: [b] }", 'needs: there is no task "b"'],
  ["{ run: x, needs: { c: b } }", 'needs: there is no task "b"'],
  ["{ run: x, after: [b] }", 'after: there is no task "b"'],
  ["{ run: x, when: allways }", "when: expected one of all_succeeded, all_done, any_failed"],
  ["{ run: x, if: length(1) > 0 }", 'if: expected ${{ … }}, found "length(1) > 0". Did you mean ${{ length(1) > 0 }}?'],
  [
    '{ run: x, if: "${{ run.id }} && ${{ run.key }}" }',
    "if: expected one ${{ … }} with everything inside it, found text around it",
  ],
  ["{ run: x, retry: 3 }", "retry: expected a map, found 3 (a number). Did you mean { attempts: 3 }?"],
  ["{ run: x, retry: { attempts: 101 } }", "retry.attempts: expected a number of at most 100, found 101 (a number)"],
  [
    "{ run: x, retry: { attempts: 3, backoff: 1 } }",
    "retry.backoff: expected a duration such as 30s, 5m or 2h, found 1 (a number). Did you mean 1s?",
  ],
  ["{ run: x, retry: { attempt: 3 } }", 'unknown key "attempt" in retry of task "a". Did you mean "attempts"?'],
  ["{ run: x, uses: { ram: -1 } }", "uses.ram: expected"],
  ["{ run: x, priority: high }", 'priority: expected a number, found "high"'],
  ["{ run: x, allowFailure: yes }", 'allowFailure: expected true or false, found "yes"'],
  ["{ run: x, maxConcurrent: 3 }", "maxConcurrent limits a map, and this task has none"],
  ["{ run: x, map: [1] }", "map: expected text or a map, found a list. Did you mean { over: [1] }?"],
  ["{ run: x, map: { over: [1], batch: 1, chunks: 2 } }", "map has batch and chunks. Keep one of them"],
  [
    "{ run: x, map: { over: [1], tolerate: 1.5 } }",
    "map.tolerate: expected a fraction below 1 or a whole number, found 1.5 (a number)",
  ],
  ["{ run: x, map: { over: [1], maxItems: 100001 } }", "map.maxItems: expected a number of at most 100000"],
  ["{ run: x, checkpoint: { each: true } }", "each asks for every instance of a map, and this task has none"],
  [
    "{ run: x, checkpoint: { onTimeout: approve } }",
    "onTimeout: expected a timeout beside it, after which it is to approve",
  ],
  ["{ run: x, checkpoint: { risk: huge } }", 'checkpoint.risk: expected one of low, medium, high, found "huge"'],
  ["{ confirm: x, checkpoint: y }", "checkpoint has no meaning for confirm. It goes with run, exec, http, workflow"],
  ["{ exec: [x], shell: sh }", "shell has no meaning for exec. It goes with run"],
  ["{ http: https://x, stdin: y }", "stdin has no meaning for http. It goes with run, exec"],
  ["{ workflow: ./x.yaml }", "workflow: cannot read "],
  ["{ workflow: ./x.ts }", "workflow: expected"],
  ["{ workflow: { name: b, file: c.yaml } }", "workflow: expected either name or file, and input beside it"],
  ["{ exec: [] }", "exec: expected at least 1 item, found an empty list"],
  [
    "{ run: x, output: jsn }",
    'output: expected one of none, text, lines, nul, json, found "jsn". Did you mean "json"?',
  ],
  ["{ run: x, shell: bsh }", 'shell: expected one of bash, sh, node, python3, found "bsh". Did you mean "bash"?'],
  ["{ run: x, files: { a/b: y } }", 'the name "a/b": expected a file\'s name without a folder'],
  ["{ http: { method: GET } }", '"url" is missing in http of task "a"'],
])("a key of a task is checked: %s", (task, message) => {
  const mistakes = listMistakes(`tasks:\n  a: ${task}\n`);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(/^backup\.yaml:2:\d+ {2}/);
  expect(mistakes[0]).toContain(message);
});

test("the JSON Schema knows every key that the loader knows, each with a description", () => {
  const schema = workflowJsonSchema();
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    additionalProperties: false,
  });
  expect(listKnownKeys([])).toEqual(
    "name description labels input env dotenv inheritEnv secrets maxConcurrent strategy timeout onFailure checkpoint schedule resources notify defaults returns tasks".split(
      " ",
    ),
  );
  expect(listKnownKeys(["tasks", "a"])).toEqual(
    "description run exec http workflow confirm needs after map stdin files when if retry timeout grace uses priority allowFailure checkpoint env inheritEnv output shell cwd maxConcurrent".split(
      " ",
    ),
  );
  const properties = Object.values(schema.properties as Record<string, { description?: string }>);
  expect(properties.filter(({ description }) => description === undefined)).toEqual([]);
});

test("the reference has a row for every key of the workflow and of tasks, and one for every function", () => {
  const reference = renderYamlReference();
  for (const key of [...listKnownKeys([]), ...listKnownKeys(["tasks", "a"])])
    expect(reference).toContain(`| \`${key}\``);
  for (const name of ["length(value)", "contains(", "join(", "json(", "lines(", "default("]) {
    expect(reference).toContain(`| \`${name}`);
  }
});
