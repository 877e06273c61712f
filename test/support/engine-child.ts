/** An engine in a process of its own that executes two runs, one detached and one of its foreground, until it is killed. */
import { hostname } from "node:os";
import { workflow } from "../../src/definition/workflow.ts";
import { Engine } from "../../src/engine/engine.ts";
import { ProgramShelf } from "../../src/library/program-shelf.ts";
import { systemChance } from "../../src/platform/chance.ts";
import { systemClock as clock } from "../../src/platform/clock.ts";
import { createEngineLocks } from "../../src/platform/engine-locks.ts";
import { newUid } from "../../src/platform/uid.ts";
import { createInProcessRunner } from "../../src/runners/in-process-runner.ts";
import { openStore } from "../../src/store/open-store.ts";

const path = process.argv[2] ?? "";
const begun = Promise.withResolvers<void>();
let count = 0;
const wf = workflow("held");
const hold = wf.task("hold", () => {
  if (++count === 2) begun.resolve();
  return new Promise<void>(() => {});
});
wf.task("after", { after: [hold] }, () => 1);

const shelf = new ProgramShelf();
const { definition } = shelf.keep(wf);
const store = await openStore({ path, access: "execute", clock });
const engine = new Engine({
  ...{ store, ambient: { clock, chance: systemChance, newUid }, locks: createEngineLocks(path) },
  runner: createInProcessRunner({ clock, findProgram: (hash, name) => shelf.find(hash, name) }),
  identity: { kind: "run", pid: process.pid, bootId: "boot", host: hostname(), version: "test" },
  places: { function: 10, command: 1 },
  logsDir: null,
  knows: () => false,
});
await engine.start();
const submission = { definition, inputJson: "{}", cwd: "/" };
const ids = [
  await engine.submit({ ...submission, mode: "detached" }),
  await engine.submit({ ...submission, mode: "foreground" }),
];
await begun.promise;
console.log(JSON.stringify(ids));
