import { ALL_ATTEMPTS } from "../core/check-resources.ts";
import { formatAmount } from "../core/resource-text.ts";
import type { ResourceHolder, ResourceWait } from "./resource-waits.ts";

/** Says what of the resources a ready task waits for, or whose turn it is. Empty where it waits for none. */
export function explainResources(waits: readonly ResourceWait[], now: number): string[] {
  const lacking = waits.filter(({ isLacking, freeAt }) => isLacking && (freeAt === null || freeAt > now));
  if (lacking.length > 0) return lacking.map(explainLack);
  const names = waits.map(({ resource }) => resource).join(" and ");
  return names === "" ? [] : [`is ready and waits for its turn at ${names}`];
}

/** `at github`, of what a ready task lacks first; undefined where it lacks nothing. */
export function nameLack(waits: readonly ResourceWait[] | null): string | undefined {
  const lacking = waits?.find((wait) => wait.isLacking);
  if (lacking === undefined) return undefined;
  return lacking.resource === ALL_ATTEMPTS ? "at maxConcurrent" : `at ${lacking.resource}`;
}

function explainLack(wait: ResourceWait): string {
  const { resource, capacity, inUse, rate, freeAt } = wait;
  if (rate !== null) {
    return `waits for ${resource}: ${rate}, free at ${freeAt === null ? "once" : new Date(freeAt).toISOString()}`;
  }
  const usage = `${formatAmount(inUse ?? 0)} of ${formatAmount(capacity ?? 0)}`;
  if (resource === ALL_ATTEMPTS) {
    return `is ready and waits for a free slot: ${usage} are taken, over all runs (maxConcurrent of the configuration)`;
  }
  return `waits for ${resource}: ${usage} in use by ${nameHolders(wait)}; it needs ${formatAmount(wait.amount)}`;
}

function nameHolders({ holders, holderCount }: ResourceWait): string {
  const named = holders.map(nameHolder).join(", ");
  const more = holderCount - holders.length;
  return more > 0 ? `${named} and ${formatAmount(more)} more` : named;
}

function nameHolder({ run, task, index }: ResourceHolder): string {
  return `#${run} ${task}${index === null ? "" : `[${index}]`}`;
}
