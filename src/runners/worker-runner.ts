import { createCompositeRunner } from "./composite-runner.ts";
import type { Runner } from "./runner.ts";
import { WorkerHost, type WorkerHostOptions } from "./worker-host.ts";

/**
 * A runner whose functions run in worker processes, as those of the command line and the daemon always do. `host`
 * describes modules and checks inputs.
 */
export function createWorkerRunner(options: WorkerHostOptions): { readonly runner: Runner; readonly host: WorkerHost } {
  const host = new WorkerHost(options);
  return { runner: createCompositeRunner({ ...options, programs: host }), host };
}
