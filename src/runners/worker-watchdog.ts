import { Worker } from "node:worker_threads";
import { WATCHDOG_FD } from "./worker-protocol.ts";

/**
 * A thread of its own, so that it is awake while the main thread is in an endless loop. The kernel closes the pipe when
 * the engine dies, however it dies; then the whole group goes, with what user code has started in it. It waits in its
 * own event loop, not in a blocking read: a thread that blocks would hang process.exit().
 */
const WATCH = `
  const socket = new (require("node:net").Socket)({ fd: ${WATCHDOG_FD}, readable: true, writable: false });
  const end = () => process.kill(-process.pid, "SIGKILL");
  socket.on("error", end).on("close", end).resume();
`;

/** Needs a process that leads its group. */
export function startWatchdog(): void {
  new Worker(WATCH, { eval: true, execArgv: [], stdout: false, stderr: false }).unref();
}
