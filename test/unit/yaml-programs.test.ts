import { expect, test } from "vitest";
import { NonRetryableError } from "../../src/core/errors.ts";
import { createContext, findTask, loadText } from "../support/yaml-files.ts";

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
    shell: [zsh, -fc]
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
    command: { kind: "shell", script: 'printf %s "$A"', args: [], shell: ["zsh", "-fc"] },
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
