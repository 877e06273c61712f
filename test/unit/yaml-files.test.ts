import { join } from "node:path";
import { expect, test } from "vitest";
import { loadYaml } from "../../src/definition/yaml/parse-file.ts";
import { createContext, findTask, listMistakes, withFiles } from "../support/yaml-files.ts";

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
        child: "elsewhere",
      },
    ]);
  });
});

test("two children of one name are refused: a run could not tell which of them it is", () => {
  const child = "name: load\ntasks: { a: { run: x } }";
  withFiles({ "one.yaml": child, "two.yaml": child }, (folder) => {
    const text = "tasks:\n  a: { workflow: one.yaml }\n  b: { workflow: two.yaml }\n  c: { workflow: one.yaml }";
    expect(listMistakes(text, join(folder, "flow.yaml"))).toContain(
      `${folder}/flow.yaml:3:18  workflow: ${folder}/one.yaml is a child named "load", too. Rename one`,
    );
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
