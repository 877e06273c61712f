import type { Command } from "commander";
import { LockstepError } from "../../core/errors.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { finishRun } from "../finish-run.ts";
import { followElsewhere } from "../follow-run.ts";
import { getRun } from "../get-run.ts";
import { readDatabase } from "../open-database.ts";
import { parseDurationOption } from "../read-options.ts";
import { createRunNotFoundError } from "../run-reference.ts";

interface WaitOptions extends CommonOptions {
  readonly timeout?: string;
}

export const waitCommand: CommandModule = {
  examples: ["lockstep wait 412", "lockstep wait @last --timeout 10m"],
  configure(command: Command, context, finish) {
    command
      .argument("<run>", "Its number, or @last")
      .option("--timeout <duration>", "Give up after so long, such as 30s or 10m")
      .action((run: string, options: WaitOptions) => finish(executeWait(context, run, options)));
  },
};

async function executeWait(context: CommandContext, reference: string, options: WaitOptions): Promise<number> {
  const timeoutMs = options.timeout === undefined ? undefined : parseDurationOption("--timeout", options.timeout);
  return await readDatabase(context, options, async (database, shownPath) => {
    const { run } = getRun(reference, database, shownPath);
    if (database === undefined) throw createRunNotFoundError(run, database, shownPath);
    const timeout = Promise.withResolvers<never>();
    const cancelTimeout =
      timeoutMs === undefined
        ? () => {}
        : context.clock.schedule(timeoutMs, () => timeout.reject(createTimeoutError(run, options.timeout ?? "")));
    try {
      const followed = await Promise.race([followElsewhere(context, database, run), timeout.promise]);
      return finishRun(context, options, database, run, followed);
    } finally {
      cancelTimeout();
    }
  });
}

function createTimeoutError(run: number, timeout: string): LockstepError {
  return new LockstepError("wait_timeout", `#${run} has not ended within ${timeout}. It goes on.`);
}
