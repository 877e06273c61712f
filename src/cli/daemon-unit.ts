import { realpathSync } from "node:fs";
import { argv, execPath } from "node:process";
import { findClosest } from "../core/did-you-mean.ts";
import { GRACE_DEFAULT_MS } from "../core/limits.ts";
import type { CommandContext } from "./command-context.ts";
import { inspectFile, pickFiles } from "./inspect-workflows.ts";
import { withWorkflowHost } from "./load-workflow.ts";
import { createUsageError } from "./read-options.ts";
import { renderService, SERVICE_MANAGERS } from "./service-unit.ts";

/** What is left to record what ended, once the longest grace is over. */
const MARGIN_SECONDS = 15;

interface UnitRequest {
  readonly manager: string;
  /** Absolute. */
  readonly folder: string;
  readonly database: string;
}

/** The unit for this Node and this copy of the command line. */
export async function renderDaemonUnit(context: CommandContext, request: UnitRequest): Promise<string> {
  const { manager, folder, database } = request;
  const found = SERVICE_MANAGERS.find((each) => each === manager);
  if (found === undefined) throw createManagerError(manager);
  return renderService(found, {
    ...{ folder, database, node: execPath, cli: realpathSync(argv[1] ?? ""), cwd: context.cwd },
    stopSeconds: Math.ceil((await findLongestGraceMs(context, folder)) / 1_000) + MARGIN_SECONDS,
  });
}

/** Over all tasks of the folder; a file that cannot be loaded says nothing. */
async function findLongestGraceMs(context: CommandContext, folder: string): Promise<number> {
  const files = await pickFiles(context, folder);
  return await withWorkflowHost(context, async (host) => {
    let longest = GRACE_DEFAULT_MS;
    for (const file of files) {
      const { workflows } = await inspectFile(context, host, file);
      for (const { tasks } of workflows) for (const { graceMs = 0 } of tasks) longest = Math.max(longest, graceMs);
    }
    return longest;
  });
}

function createManagerError(manager: string): Error {
  const meant = findClosest(manager, SERVICE_MANAGERS);
  const question = meant === undefined ? "" : `. Did you mean ${meant}?`;
  return createUsageError(`--print-unit: expected systemd or launchd, found "${manager}"${question}`);
}
