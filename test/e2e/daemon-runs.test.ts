import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDaemonProject, type DaemonProject } from "../support/daemon-project.ts";
import { listProcessesOf } from "../support/process-list.ts";
import { waitUntil } from "../support/wait-until.ts";

const DEATHS = 30;

const GATE = `name: gate
tasks:
  read: { run: "echo read" }
  write: { needs: [read], run: "echo write", checkpoint: { message: "Write?", risk: low } }
`;

const readStatus = (project: DaemonProject, run: number): string | undefined =>
  project.query<{ status: string }>(`SELECT status FROM run WHERE id = ${run}`)[0]?.status;

test("what was queued and what was approved while no daemon ran is taken up by the next one", async () => {
  const project = createDaemonProject({ "gate.yaml": GATE });
  const queued = await project.call("run", "gate", "--detach");
  expect(queued.out + queued.error).toContain("no engine is running that knows");
  const first = project.start();
  await waitUntil(() => readStatus(project, 1) === "waiting", "it asks");
  expect((await project.call("stop")).exitCode).toBe(0);
  await first.ended;
  const approved = await project.call("approve", "1.1");
  expect(approved.exitCode).toBe(0);
  expect(readStatus(project, 1)).toBe("queued");
  const second = project.start();
  await waitUntil(() => readStatus(project, 1) === "succeeded", "it goes on");
  await project.call("run", "gate", "--detach");
  await waitUntil(() => readStatus(project, 2) === "waiting", "the next one asks");
  await project.call("approve", "2.1");
  await waitUntil(() => readStatus(project, 2) === "succeeded", "the live daemon hears of it");
  expect((await project.call("stop")).exitCode).toBe(0);
  await second.ended;
});

const DYING = `import { workflow } from "lockstep";
const wf = workflow("dying", { maxConcurrent: 8 });
wf.map("die", { over: () => Array.from({ length: ${DEATHS} }, (_, item) => item), tolerate: ${DEATHS} }, ({ item }) => {
  process.kill(process.pid, item % 2 === 0 ? "SIGSEGV" : "SIGKILL");
  return new Promise(() => {});
});
export default wf;
`;

const countDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

test.skipIf(process.platform !== "linux")(
  `${DEATHS} workers that die under a daemon leave no process, no descriptor and no temporary file behind`,
  async () => {
    const project = createDaemonProject({ "dying.ts": DYING });
    const tmp = join(project.folder, "tmp");
    mkdirSync(tmp);
    const daemon = project.startWith({ TMPDIR: tmp });
    await daemon.awaitText("daemon.ready");
    const pid = daemon.child.pid ?? 0;
    const before = { descriptors: countDescriptors(pid), processes: listProcessesOf(project.folder).length };
    await project.call("run", "dying", "--detach");
    await waitUntil(() => readStatus(project, 1) === "succeeded", "all of them have died");
    const tries = project.query<{ count: number }>("SELECT count(*) AS count FROM attempt WHERE status = 'crashed'");
    expect(tries[0]?.count).toBe(DEATHS);
    await waitUntil(() => listProcessesOf(project.folder).length <= before.processes + 2, "the workers are gone");
    expect(countDescriptors(pid)).toBeLessThan(before.descriptors + 25);
    expect((await project.call("stop")).exitCode).toBe(0);
    await daemon.ended;
    await waitUntil(() => listProcessesOf(project.folder).length === 0, "nothing is left");
    expect(readdirSync(tmp)).toEqual([]);
  },
);
