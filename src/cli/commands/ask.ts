import type { Command } from "commander";
import { RISKS } from "../../core/checkpoint-status.ts";
import { EXIT } from "../../core/errors.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Risk } from "../../core/workflow-spec.ts";
import { hasVerdict, openAsk, takeVerdict } from "../../engine/ask.ts";
import { maskQuestion } from "../../runners/command-secrets.ts";
import { getRows } from "../../store/rows.ts";
import { toCheckpointName } from "../../views/list-checkpoints.ts";
import { findAskingTask } from "../asking-task.ts";
import type { CommandContext, CommandModule, CommonOptions } from "../command-context.ts";
import { readActor } from "../decide-as-person.ts";
import { writeJson } from "../json-output.ts";
import { changeDatabase, type Database } from "../open-database.ts";
import { readJsonOption } from "../read-json-option.ts";
import { createUsageError, parseDurationOption } from "../read-options.ts";
import { waitForChange } from "../wait-for-change.ts";

interface AskOptions extends CommonOptions {
  readonly show?: string;
  readonly risk: string;
  readonly timeout?: string;
  readonly key?: string;
  /** False with `--no-wait`; commander leaves it undefined without, since commands are configured late. */
  readonly wait?: boolean;
}

export const askCommand: CommandModule = {
  examples: [
    'lockstep ask "Send 4 replies to customers?" --show @replies.json --timeout 20m',
    'lockstep ask "Apply the plan?" --risk high --key plan-17 --no-wait',
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<text>", "The question")
      .option("--show <json>", "What the person should see: JSON, or @FILE")
      .option("--risk <risk>", "low, medium or high", "medium")
      .option("--timeout <duration>", "After which it is denied, such as 20m")
      .option("--key <key>", "By which it is found again, after a crash, too")
      .option("--no-wait", "Only ask: exit 3 while nobody has decided")
      .action((text: string, options: AskOptions) => finish(executeAsk(context, text, options)));
  },
};

async function executeAsk(context: CommandContext, message: string, options: AskOptions): Promise<number> {
  const request = {
    ...maskQuestion(context.env, message, readShow(context, options.show)),
    risk: readRisk(options.risk),
    key: options.key ?? null,
    timeoutMs: options.timeout === undefined ? null : parseDurationOption("--timeout", options.timeout),
    by: readActor(context),
  };
  return await changeDatabase(context, options, async (database) => {
    const rows = getRows(database.store);
    const { id, runId, number } = await database.store.writeTransaction(() => {
      const asking = findAskingTask(rows, context.env) ?? { run: null };
      return openAsk(rows, { ...request, ...asking }, context.clock.now());
    });
    const name = toCheckpointName(runId, number);
    const isWaiting = options.wait !== false;
    const verdict = await awaitVerdict(context, database, id, isWaiting);
    if (verdict === undefined) {
      if (options.json) writeJson(context, { checkpoint: name, decision: null });
      else context.output.writeOut(`${name} waits: lockstep approve ${name}\n`);
      return isWaiting ? EXIT.interrupted : EXIT.waiting;
    }
    tell(context, options, verdict);
    return verdict.approved ? EXIT.succeeded : EXIT.failed;
  });
}

/** Undefined where nobody has decided and it is not waited for, or the person interrupts the waiting: the question stays. */
async function awaitVerdict(
  context: CommandContext,
  { store }: Database,
  id: number,
  isWaiting: boolean,
): Promise<Verdict | undefined> {
  const rows = getRows(store);
  for (;;) {
    const verdict = hasVerdict(rows, id, context.clock.now())
      ? await store.writeTransaction(() => takeVerdict(rows, id, context.clock.now()))
      : undefined;
    if (verdict !== undefined || !isWaiting) return verdict;
    if ((await waitForChange(context)) === "interrupted") return undefined;
  }
}

function tell(context: CommandContext, { json }: CommonOptions, verdict: Verdict): void {
  if (json) return writeJson(context, verdict);
  const { id, approved, decision, by, reason } = verdict;
  const who = by === null ? "" : ` by ${by}`;
  context.output.writeOut(
    `${id} ${approved ? "approved" : `not approved (${decision})`}${who}${reason === null ? "" : `: ${reason}`}\n`,
  );
}

function readRisk(text: string): Risk {
  const risk = RISKS.find((each) => each === text);
  if (risk === undefined) throw createUsageError(`--risk: expected low, medium or high, found "${text}"`);
  return risk;
}

function readShow(context: CommandContext, text: string | undefined): string | null {
  return text === undefined ? null : JSON.stringify(readJsonOption(context, "--show", text));
}
