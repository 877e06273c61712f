import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

function createFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  return folder;
}

const CONFIG = "db: state/x.db\n";
const SHOW = "tasks: { show: { run: 'echo \"$REGION $TIER\"', output: text } }\n";
const SHOW_TS = `import { workflow, sh } from "lockstep";
const wf = workflow("show-ts");
wf.shell("show", { output: "text" }, () => sh\`echo "$REGION"\`);
wf.task("fail", { after: [] }, ({ attempt }) => { if (attempt < 2) throw new Error("once"); return attempt; });
export default wf;
`;

test("variables of the config lie beneath those of the workflow", async () => {
  const config = `${CONFIG}env: { REGION: eu, TIER: machine }\n`;
  const folder = createFolder({ "lockstep.config.yaml": config, "show.yaml": `env: { TIER: own }\n${SHOW}` });
  const { exitCode, out } = await runLockstep(folder, "run", "show.yaml", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(out).result).toBe("eu own");
});

test("defaults of the config lie beneath those of the workflow, task by task", async () => {
  const config = `${CONFIG}defaults: { output: text, shell: sh, cwd: sub }\n`;
  const tasks = "tasks: { one: { run: 'echo $0; pwd' }, two: { run: 'echo x', output: none } }\n";
  const folder = createFolder({ "lockstep.config.yaml": config, "w.yaml": `defaults: { cwd: . }\n${tasks}` });
  const { exitCode, out } = await runLockstep(folder, "run", "w.yaml", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(out).tasks[0].output).toBe(`sh\n${folder}`);
  expect(JSON.parse(out).tasks[1].output).toBeNull();
});

test("a mistake in what the config adds is told where it stands there", async () => {
  const config = `${CONFIG}defaults:\n  if: \${{ input.nope }}\n`;
  const folder = createFolder({ "lockstep.config.yaml": config, "show.yaml": SHOW });
  const { exitCode, error } = await runLockstep(folder, "run", "show.yaml");
  expect(error).toMatch(/^lockstep\.config\.yaml:3:17 {2}/);
  expect(exitCode).toBe(2);
});

test("variables, retry, timeout and grace reach workflows in TypeScript", async () => {
  const config = `${CONFIG}env: { REGION: eu }\ndefaults: { retry: { attempts: 2, backoff: 1ms }, shell: sh }\n`;
  const folder = createFolder({ "lockstep.config.yaml": config, "show.ts": SHOW_TS });
  const { exitCode, out } = await runLockstep(folder, "run", "show.ts", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(out).result).toEqual({ show: "eu", fail: 2 });
});

test("a change of the config is a change of the code, and only where it changes what runs", async () => {
  const folder = createFolder({
    "lockstep.config.yaml": CONFIG,
    "w.yaml": "tasks: { a: { run: 'test \"$GO\" = 1' } }\n",
  });
  expect((await runLockstep(folder, "run", "w.yaml")).exitCode).toBe(1);
  writeFileSync(join(folder, "lockstep.config.yaml"), `${CONFIG}retention: { keep: 5 }\n`);
  expect((await runLockstep(folder, "retry", "1")).exitCode).toBe(1);
  expect((await runLockstep(folder, "events")).out).not.toContain("run.code_changed");
  writeFileSync(join(folder, "lockstep.config.yaml"), `${CONFIG}env: { GO: "1" }\n`);
  const retried = await runLockstep(folder, "retry", "1");
  expect(retried.exitCode).toBe(0);
  expect((await runLockstep(folder, "events")).out).toContain("run.code_changed");
});

test("an approval does not hold for other variables: after a change of the config it is asked again", async () => {
  const ask = "tasks: { a: { run: 'echo \"$A\"', output: text, checkpoint: { message: go?, risk: low } } }\n";
  const folder = createFolder({ "lockstep.config.yaml": `${CONFIG}env: { A: one }\n`, "g.yaml": ask });
  expect((await runLockstep(folder, "run", "g.yaml")).exitCode).toBe(3);
  const [gate] = JSON.parse((await runLockstep(folder, "checkpoints", "--json")).out);
  expect((await runLockstep(folder, "approve", "1.1", "--if-hash", gate.hash)).exitCode).toBe(0);
  writeFileSync(join(folder, "lockstep.config.yaml"), `${CONFIG}env: { A: two }\n`);
  expect(await runLockstep(folder, "resume", "1")).toMatchObject({ exitCode: 3, out: expect.stringContaining("1.2") });
});

test("validate lists what is wrong with the config, and unknown channels", async () => {
  const folder = createFolder({
    "lockstep.config.yaml": `${CONFIG}notify: { ops: { command: "cat" } }\n`,
    "w.yaml": `notify: { failed: opps }\n${SHOW}`,
  });
  const unknown = await runLockstep(folder, "validate", "w.yaml");
  expect(unknown.exitCode).toBe(2);
  expect(unknown.out).toContain('error w.yaml:1  w: notify.failed names the channel "opps"');
  expect(unknown.out).toContain('Did you mean "ops"?');
  writeFileSync(join(folder, "lockstep.config.yaml"), `${CONFIG}timezone: Mars\nmaxConcurent: 3\n`);
  const broken = await runLockstep(folder, "validate", "w.yaml");
  expect(broken.exitCode).toBe(2);
  expect(broken.out).toContain('error lockstep.config.yaml:3  unknown key "maxConcurent" in the config. Did you mean');
  expect((await runLockstep(folder, "run", "w.yaml")).exitCode).toBe(2);
  expect((await runLockstep(folder, "runs")).exitCode).toBe(2); // the unknown key may stand for db
  writeFileSync(join(folder, "lockstep.config.yaml"), `${CONFIG}timezone: Mars\n`);
  expect((await runLockstep(folder, "runs")).exitCode).toBe(0);
});

test("the daemon refuses a config that everybody may write", async () => {
  const folder = createFolder({ "lockstep.config.yaml": `${CONFIG}workflows: .\n` });
  chmodSync(join(folder, "lockstep.config.yaml"), 0o666);
  const { exitCode, error } = await runLockstep(folder, "daemon", "--once");
  expect(exitCode).toBe(2);
  expect(error).toContain("everybody may write it, and what is in it runs as the daemon. Run: chmod o-w");
});
