import { expect, test } from "vitest";
import { InvalidDefinitionError } from "../../src/core/errors.ts";
import { InvalidYamlError } from "../../src/definition/yaml/problems.ts";
import { listMistakes, loadText } from "../support/yaml-files.ts";

const LIKELIEST = `# The likeliest mistakes, at the places that command-line.md names
description: Dump and verify
input:
  db: { type: string }
tasks:
  dump:
    run: sqlite3 "$DB" .dump
  verify:
    need: [dump]
  check:
    needs: [dump]
    run: gzip -t "\${{ needs.dump.file }}"
  wait:
    run: sleep 1
    # One
    # two
    # three
    # four
    # five
    # six
    timeout: 30
`;

test("messages 3, 4 and 6 stand word for word, with their places, in the order of the file", () => {
  expect(listMistakes(LIKELIEST)).toEqual([
    'backup.yaml:9:5  unknown key "need" in task "verify". Did you mean "needs"?',
    'backup.yaml:12:10  ${{ }} may not stand in run: text from it would be executed. Put it in env: env: { FILE: "${{ needs.dump.file }}" } and write "$FILE"',
    "backup.yaml:21:14  timeout: expected a duration such as 30s, 5m or 2h, found 30 (a number). Did you mean 30s?",
  ]);
});

test.each([
  ["http: notaurl", 'backup.yaml:3:11  http: expected an address such as https://example.org/status, found "notaurl"'],
  [
    "http: { url: 'file:///etc/passwd' }",
    'backup.yaml:3:18  http: expected an address such as https://example.org/status, found "file:///etc/passwd"',
  ],
  [
    "http: https://me:s3cret@example.org/",
    "backup.yaml:3:11  http: expected an address without user and password. Put them into a header: authorization",
  ],
])("an address that no request can have is told where it is written: %s", (http, message) => {
  expect(listMistakes(`tasks:\n  get:\n    ${http}\n`)).toEqual([message]);
});

test("an address that is put together when the task runs is left for then", () => {
  expect(listMistakes('input: { host: { type: string } }\ntasks:\n  get: { http: "${{ input.host }}/x" }\n')).toEqual(
    [],
  );
});

test("message 5 names the cycle and the file", () => {
  const text = `tasks:
  build: { run: a, needs: [package] }
  test: { run: b, needs: [build] }
  package: { run: c, needs: [test] }
`;
  expect(listMistakes(text, "deploy.yaml")).toEqual([
    "deploy.yaml: tasks wait for each other: build → test → package → build. Remove one needs.",
  ]);
});

test("a task that needs itself is a cycle of one", () => {
  expect(listMistakes("tasks: { a: { run: x, needs: [a] } }")[0]).toContain('task "a" waits for itself');
});

test("the error is the first mistake, with its place, and its hint lists the others", () => {
  const error = (() => {
    try {
      loadText(LIKELIEST);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(InvalidDefinitionError);
  expect(error).toBeInstanceOf(InvalidYamlError);
  expect(error).toMatchObject({
    message: 'unknown key "need" in task "verify". Did you mean "needs"?',
    place: { file: "backup.yaml", line: 9, column: 5 },
    exitCode: 2,
  });
  expect((error as InvalidYamlError).hint).toContain("2 more mistakes:\nbackup.yaml:12:10  ");
});

test("in a block of text the place is that of the expression, and the fix speaks the task's language", () => {
  const text = `defaults: { shell: node }
tasks:
  a:
    run: |
      const a = 1;
      remove(\${{ input.keepDays }});
  b:
    shell: python3
    run: |
      print(\${{ needs['a-b'].x }})
`;
  expect(listMistakes(text)).toEqual([
    'backup.yaml:6:14  ${{ }} may not stand in run: text from it would be executed. Put it in env: env: { KEEP_DAYS: "${{ input.keepDays }}" } and write process.env.KEEP_DAYS',
    `backup.yaml:10:13  \${{ }} may not stand in run: text from it would be executed. Put it in env: env: { X: "\${{ needs['a-b'].x }}" } and write os.environ["X"]`,
  ]);
});

test.each([
  [
    'tasks: { a: { run: x, shell: "${{ input.s }}" } }',
    "shell: text from it would be executed. Write bash, sh, node, python3 or [cmd, args]",
  ],
  ['tasks: { "${{ input.a }}": { run: x } }', "a key: names are fixed before a run starts. Write the name itself"],
  [
    'tasks: { a: { run: x, env: { "${{ input.a }}": y } } }',
    "a key: names are fixed before a run starts. Write the name itself",
  ],
  [
    'tasks: { a: { run: x, needs: ["${{ input.a }}"] } }',
    "needs[0]: it is fixed before a run starts. Write the value itself",
  ],
  [
    'tasks: { a: { run: x, timeout: "${{ input.a }}" } }',
    "timeout: it is fixed before a run starts. Write the value itself",
  ],
  ['name: "${{ input.a }}"\ntasks: { a: { run: x } }', "name: it is fixed before a run starts. Write the value itself"],
  [
    'tasks: { a: { http: { url: x, method: "${{ input.a }}" } } }',
    "http.method: it is fixed before a run starts. Write the value itself",
  ],
])("an expression is refused where it may not stand: %s", (text, message) => {
  const mistakes = listMistakes(text);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatch(/^backup\.yaml:\d+:\d+ {2}\$\{\{ \}\} may not stand in /);
  expect(mistakes[0]).toContain(message);
});

test.each([
  ['exec: ["${{ needs.b }}"]', "b }}", 'needs has no "b". Add it to this task: needs: [b]'],
  ['exec: ["${{ needs.bb }}"]', "bb", 'needs has no "bb". Did you mean "b"?'],
  ['exec: ["${{ needs.xyz }}"]', "xyz", 'needs has no "xyz". There is no such task'],
  ['exec: ["${{ input.usrs }}"]', "usrs", 'input has no "usrs". Did you mean "users"?'],
  ['exec: ["${{ input.dir }}"]', "dir", 'input has no "dir". Declare it: input: { dir: { type: string } }'],
  ['exec: ["${{ inputs.dir }}"]', "inputs", 'unknown name "inputs" in ${{ }}. Did you mean "input"?'],
  ['exec: ["${{ item }}"]', "item", "item has a meaning only inside a map, and not in what comes before it"],
  ['exec: [x], map: "${{ index }}"', "index", "index has a meaning only inside a map, and not in what comes before it"],
  ['exec: [x], cwd: "x/${{ lenght(run) }}"', "lenght", 'unknown function "lenght" in ${{ }}. Did you mean "length"?'],
  [
    'exec: ["${{ len(run) }}"]',
    "len",
    'unknown function "len" in ${{ }}. Known: length, contains, join, json, lines, default',
  ],
  ['exec: ["${{ length() }}"]', "length", "expected length(value), found length with 0 values"],
  ['exec: ["${{ run.idd }}"]', "idd", 'run has no "idd". Did you mean "id"?'],
  ['exec: ["${{ env.ZED }}"], env: { Y: 1 }', "ZED", 'env has no "ZED". Known here: Y'],
  ['exec: ["${{ 1 + 2 }}"]', "+", 'unexpected "+" in ${{ }}. There is no arithmetic here; compute it in a task'],
  ['exec: ["${{ 1 2 }}"]', "2 }}", 'unexpected "2" in ${{ }}'],
  ['exec: ["${{ (1 }}"]', "}}", 'expected ")" in ${{ }}, found its end'],
  ['exec: ["${{ input. }}"]', "}}", 'expected a name after ".", found its end'],
  ['exec: ["${{ }}"]', " }}", "expected an expression inside ${{ }}, found nothing"],
  ['exec: ["${{ 1"]', "${{", "${{ is not closed: expected }}"],
  ['exec: ["${{ \'it }}"]', "${{", "${{ is not closed: expected }}"],
  ['exec: ["\\t${{ run.id }} ${{ needs.xyz }}"]', "xyz", 'needs has no "xyz". There is no such task'],
])("a mistake inside an expression has its own place: %s", (task, wrong, message) => {
  const line = `  a: { ${task} }`;
  const column = line.indexOf(wrong, line.indexOf("${{")) + 1;
  const text = `input: { users: { type: integer } }\ntasks:\n${line}\n  b: { run: x }\n`;
  expect(listMistakes(text)).toEqual([`backup.yaml:3:${column}  ${message}`]);
});

test.each([
  ['tasks: { a: { exec: ["${{ secrets.T }}"] } }', "secrets may stand only in env, stdin, http.headers and http.body"],
  [
    'tasks: { a: { run: x, files: { f: "${{ secrets.T }}" } } }',
    "secrets may stand only in env, stdin, http.headers and http.body",
  ],
  [
    'tasks: { a: { http: "http://x/${{ secrets.T }}" } }',
    "secrets may stand only in env, stdin, http.headers and http.body",
  ],
  [
    'tasks: { a: { exec: ["${{ env.V }}"], env: { V: "x${{ secrets.T }}" } } }',
    "env.V holds a secret: it may stand only in env, stdin, http.headers and http.body",
  ],
  [
    'tasks: { a: { exec: ["${{ json(env) }}"], env: { V: "${{ secrets.T }}" } } }',
    "env holds a secret: it may stand only in env, stdin, http.headers and http.body",
  ],
  [
    'env: { U: "${{ secrets.T }}" }\ntasks: { a: { exec: ["${{ env.V }}"], env: { V: "${{ env.U }}" } } }',
    "env.V holds a secret",
  ],
  ['tasks: { a: { run: x, env: { V: "${{ secrets.TT }}" } } }', 'secrets has no "TT". Did you mean "T"?'],
  ['tasks: { a: { run: x, env: { V: "${{ json(secrets) }}" } } }', "expected the name of one secret: secrets.NAME"],
])("a secret stands where it can stay one: %s", (text, message) => {
  expect(listMistakes(`secrets: [T]\n${text}`)).toEqual([expect.stringContaining(message)]);
});

test("secrets may stand in env, stdin, headers and body", () => {
  const text = `secrets: { T: { file: token } }
env: { A: "\${{ secrets.T }}" }
tasks:
  a: { run: x, env: { B: "\${{ secrets.T }}" }, stdin: "\${{ secrets.T }} \${{ env.B }}" }
  b: { http: { url: https://x, headers: { X-Token: "\${{ secrets.T }}" }, body: { t: "\${{ env.A }}" } } }
`;
  expect(listMistakes(text)).toEqual([]);
});
