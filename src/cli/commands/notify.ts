import { dirname } from "node:path";
import type { Command } from "commander";
import { findClosest } from "../../core/did-you-mean.ts";
import { EXIT, LockstepError, NotFoundError } from "../../core/errors.ts";
import { sanitizeLine } from "../../core/sanitize-text.ts";
import { createDeliver } from "../../daemon/deliver-notice.ts";
import { tellTest } from "../../daemon/notice-message.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { findConfig } from "../config-source.ts";
import { getOrigin } from "../create-tellers.ts";
import { writeJson } from "../json-output.ts";
import { findDatabasePath } from "../open-database.ts";
import { createUsageError } from "../read-options.ts";

export const notifyCommand: CommandModule = {
  examples: ["lockstep notify test ops", "lockstep notify test ops --json"],
  configure(command: Command, context, finish) {
    command
      .argument("<verb>", "test: send a test message now, once")
      .argument("<channel>", "A channel of lockstep.config.yaml")
      .action((verb: string, channel: string, options: CommonOptions) =>
        finish(executeNotify(context, verb, channel, options)),
      );
  },
};

async function executeNotify(
  context: CommandContext,
  verb: string,
  name: string,
  options: CommonOptions,
): Promise<number> {
  if (verb !== "test") throw createUsageError(`expected test, found "${verb}". Write: lockstep notify test CHANNEL`);
  const { clock, env, cwd, output } = context;
  const found = await findConfig(cwd);
  const channels = found?.config.notify ?? {};
  const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
  if (found === undefined || channel === undefined)
    throw createNoChannelError(name, found?.path, Object.keys(channels));
  const message = tellTest(getOrigin(await findDatabasePath(context, options)), name, clock.now());
  const deliver = createDeliver({ env, cwd: dirname(found.path) });
  const startedAt = clock.now();
  try {
    await deliver(name, channel, message, new AbortController().signal);
  } catch (error) {
    throw createDeliveryError(name, error as Error);
  }
  const tookMs = clock.now() - startedAt;
  if (options.json) writeJson(context, { channel: name, kind: channel.kind, delivered: true, durationMs: tookMs });
  else output.writeOut(`The channel ${sanitizeLine(name)} took the message (${channel.kind}, ${tookMs} ms).\n`);
  return EXIT.succeeded;
}

function createDeliveryError(name: string, { message }: Error): LockstepError {
  return new LockstepError("notify_failed", `The channel "${name}" did not take the message: ${message}.`, {
    hint: "A daemon tries again up to 10 times. Look at the channel in lockstep.config.yaml",
  });
}

function createNoChannelError(name: string, config: string | undefined, channels: readonly string[]): NotFoundError {
  if (config === undefined) {
    return new NotFoundError(
      `No channel "${name}": there is no lockstep.config.yaml here or above. Write one: lockstep init`,
    );
  }
  const closest = findClosest(name, channels);
  const question = closest === undefined ? "" : ` Did you mean "${closest}"?`;
  const known = channels.length === 0 ? "it has none" : `it has: ${channels.join(", ")}`;
  return new NotFoundError(`No channel "${name}".${question} (looked in ${config}; ${known})`);
}
