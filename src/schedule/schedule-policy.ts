import { findClosest } from "../core/did-you-mean.ts";
import { DURATION_MAX_MS } from "../core/duration.ts";
import { assert, InvalidDefinitionError } from "../core/errors.ts";
import type { ScheduleSpec } from "../core/workflow-spec.ts";
import { type CronRule, createCronRule, type GapOption, type RepeatOption } from "./cron-rule.ts";
import { readBound } from "./schedule-bound.ts";

const CATCHUP_POLICIES = ["none", "latest", "all"] as const;
const OVERLAP_POLICIES = ["skip", "queue", "cancel", "allow"] as const;
const WAITING_POLICIES = ["hold", "supersede", "queue"] as const;
const GAP_OPTIONS: readonly GapOption[] = ["shift", "skip"];
const REPEAT_OPTIONS: readonly RepeatOption[] = ["first", "both"];

export type CatchupPolicy = (typeof CATCHUP_POLICIES)[number];
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];
export type WaitingPolicy = (typeof WAITING_POLICIES)[number];

/** What `schedule.policy` holds as JSON: all of a declared schedule but its pattern, zone and input, with defaults. */
export interface SchedulePolicy {
  readonly catchup: CatchupPolicy;
  readonly catchupWindowMs: number;
  readonly overlap: OverlapPolicy;
  readonly whileWaiting: WaitingPolicy;
  readonly jitterMs: number;
  /** True where the zone was declared as `local` or not at all: it is resolved again at each wake. */
  readonly isZoneLocal: boolean;
  readonly gap?: GapOption;
  readonly repeat?: RepeatOption;
  /** First and last instant at which a slot may be due. */
  readonly fromAt?: number;
  readonly untilAt?: number;
}

const DAY_MS = 86_400_000;
export const SCHEDULE_POLICY_DEFAULTS: SchedulePolicy = {
  catchup: "latest",
  catchupWindowMs: DAY_MS,
  overlap: "skip",
  whileWaiting: "hold",
  jitterMs: 0,
  isZoneLocal: false,
};

/**
 * The policy of a declared schedule.
 * @param zone the name of the zone, `local` already resolved; `from` and `until` are read in it
 * @throws {InvalidDefinitionError} code `invalid_schedule`; the message begins with the key, the caller puts the path before it
 */
export function createSchedulePolicy(spec: ScheduleSpec, zone: string): SchedulePolicy {
  const { gap, repeat } = spec;
  assertOneOf("gap", gap, GAP_OPTIONS);
  assertOneOf("repeat", repeat, REPEAT_OPTIONS);
  const fromAt = spec.from === undefined ? undefined : readBound("from", spec.from, zone);
  const untilAt = spec.until === undefined ? undefined : readBound("until", spec.until, zone);
  const policy: SchedulePolicy = {
    catchup: spec.catchup ?? SCHEDULE_POLICY_DEFAULTS.catchup,
    catchupWindowMs: spec.catchupWindowMs ?? SCHEDULE_POLICY_DEFAULTS.catchupWindowMs,
    overlap: spec.overlap ?? SCHEDULE_POLICY_DEFAULTS.overlap,
    whileWaiting: spec.whileWaiting ?? SCHEDULE_POLICY_DEFAULTS.whileWaiting,
    jitterMs: spec.jitterMs ?? SCHEDULE_POLICY_DEFAULTS.jitterMs,
    isZoneLocal: spec.timezone === undefined || spec.timezone === "local",
    ...(gap === undefined ? {} : { gap }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(fromAt === undefined ? {} : { fromAt }),
    ...(untilAt === undefined ? {} : { untilAt }),
  };
  assertPolicy(policy);
  return policy;
}

/** Reads what was stored. Keys that an older Lockstep did not write have their defaults. */
export function parseSchedulePolicy(json: string): SchedulePolicy {
  const stored: unknown = JSON.parse(json);
  assert(typeof stored === "object" && stored !== null, "schedule.policy holds a JSON object");
  const policy = { ...SCHEDULE_POLICY_DEFAULTS, ...stored };
  assertPolicy(policy);
  return policy;
}

/** The rule of a stored schedule. */
export function createScheduleRule(cron: string, zone: string, policy: SchedulePolicy): CronRule {
  const { gap, repeat, fromAt, untilAt } = policy;
  return createCronRule({
    cron,
    zone,
    ...(gap === undefined ? {} : { gap }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(fromAt === undefined ? {} : { fromAt }),
    ...(untilAt === undefined ? {} : { untilAt }),
  });
}

function assertPolicy(policy: SchedulePolicy): void {
  assertOneOf("catchup", policy.catchup, CATCHUP_POLICIES);
  assertOneOf("overlap", policy.overlap, OVERLAP_POLICIES);
  assertOneOf("whileWaiting", policy.whileWaiting, WAITING_POLICIES);
  assertDuration("catchupWindow", policy.catchupWindowMs, 1);
  assertDuration("jitter", policy.jitterMs, 0);
  if (policy.catchup === "all" && policy.overlap === "skip") {
    throw createPolicyError(
      'overlap: expected "allow", "queue" or "cancel" beside catchup: "all", found "skip", which would skip all slots but one. ' +
        'Write overlap: "allow", or catchup: "latest"',
    );
  }
  const { fromAt, untilAt } = policy;
  if (fromAt !== undefined && untilAt !== undefined && untilAt < fromAt) {
    throw createPolicyError("until: expected a time after from, found one before it. Swap them");
  }
}

function assertOneOf(key: string, found: string | undefined, expected: readonly string[]): void {
  if (found === undefined || expected.includes(found)) return;
  const closest = findClosest(String(found), expected);
  const question = closest === undefined ? "" : `. Did you mean ${closest}?`;
  throw createPolicyError(`${key}: expected ${expected.join(", ")}, found ${JSON.stringify(found)}${question}`);
}

function assertDuration(key: string, foundMs: number, leastMs: number): void {
  if (Number.isSafeInteger(foundMs) && foundMs >= leastMs && foundMs <= DURATION_MAX_MS) return;
  throw createPolicyError(`${key}: expected a duration from ${leastMs}ms to 3650d, found ${foundMs} ms`);
}

function createPolicyError(message: string): InvalidDefinitionError {
  return new InvalidDefinitionError(message, { code: "invalid_schedule" });
}
