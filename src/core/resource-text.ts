import type { ResourceSpec } from "./workflow-spec.ts";

const UNITS: readonly (readonly [number, string])[] = [
  [1_000, "s"],
  [60_000, "min"],
  [3_600_000, "h"],
  [86_400_000, "d"],
];

/** `80/min`. */
export function formatRate(count: number, windowMs: number): string {
  const unit = UNITS.find(([ms]) => ms === windowMs)?.[1];
  return `${formatAmount(count)}/${unit ?? `${windowMs} ms`}`;
}

/** `7,950`. */
export function formatAmount(amount: number): string {
  return amount.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

/** As its author would write it: `{ rate: 80/min, burst: 10 }`. */
export function formatResource(spec: ResourceSpec): string {
  if ("slots" in spec) return `{ slots: ${spec.slots} }`;
  if ("capacity" in spec) return `{ capacity: ${spec.capacity} }`;
  const burst = spec.burst === undefined ? "" : `, burst: ${spec.burst}`;
  return `{ rate: ${formatRate(spec.rate, spec.windowMs).replaceAll(",", "")}${burst} }`;
}
