import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProject } from "../support/command-project.ts";

const NAMES = ["backup", "$(touch pwned)", "`touch pwned`", "two words", "a;touch pwned", "*"];

test("a workflow's name is completed by bash as text, whatever it is", async () => {
  const { call, folder } = await createProject();
  mkdirSync(join(folder, "workflows"));
  mkdirSync(join(folder, "bin"));
  for (const name of NAMES) writeFileSync(join(folder, "workflows", `${name}.yaml`), "");
  writeFileSync(join(folder, "words"), (await call("complete", "--", "run", "")).out);
  writeFileSync(join(folder, "bin/lockstep"), "#!/bin/sh\ncat words\n");
  chmodSync(join(folder, "bin/lockstep"), 0o755);
  const { out: script } = await call("completion", "bash");
  // What a person gets who completes, and then presses return: each word is one argument.
  const complete = `${script}\nCOMP_WORDS=(lockstep run "") COMP_CWORD=2 _lockstep\n`;
  const use = 'for word in "${COMPREPLY[@]}"; do eval "set -- $word"; printf "%s\\n" "$#:$1"; done';
  const env = { PATH: `${join(folder, "bin")}:${process.env.PATH}` };
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", `${complete}${use}`], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout.split("\n").filter(Boolean).sort()).toEqual(NAMES.map((name) => `1:${name}`).sort());
  expect(existsSync(join(folder, "pwned"))).toBe(false);
});

test("channels of the config are completed, and nothing where it cannot be read", async () => {
  const { call, folder } = await createProject();
  writeFileSync(join(folder, "lockstep.config.yaml"), "notify: { ops: { command: x }, chat: { command: y } }\n");
  expect((await call("complete", "--", "notify", "")).out).toBe("test\n");
  expect((await call("complete", "--", "notify", "test", "")).out).toBe("ops\nchat\n");
  expect((await call("complete", "--", "schedules", "p")).out).toBe("pause\n");
  writeFileSync(join(folder, "lockstep.config.yaml"), "notify: 5\n");
  expect(await call("complete", "--", "notify", "test", "")).toMatchObject({ exitCode: 0, out: "" });
});
