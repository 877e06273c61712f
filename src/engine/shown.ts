import type { PreparedQuestion } from "../core/outcome.ts";

/** What a checkpoint's row keeps of its question, beside message, risk and `onTimeout`: JSON of what was shown. */
export type Shown = Pick<PreparedQuestion, "showJson" | "resolvedJson" | "timeoutMs">;

interface ShownValue {
  readonly show?: unknown;
  readonly resolved?: unknown;
  readonly timeoutMs?: number;
}

/** Null where nothing was prepared. */
export function serializeShown({ showJson, resolvedJson, timeoutMs }: Shown): string | null {
  const members = [
    ...(showJson === null ? [] : [`"show":${showJson}`]),
    ...(resolvedJson === null ? [] : [`"resolved":${resolvedJson}`]),
    ...(timeoutMs === null ? [] : [`"timeoutMs":${timeoutMs}`]),
  ];
  return members.length === 0 ? null : `{${members.join(",")}}`;
}

export function parseShown(json: string | null): Shown {
  const value = json === null ? {} : (JSON.parse(json) as ShownValue);
  return {
    showJson: value.show === undefined ? null : JSON.stringify(value.show),
    resolvedJson: value.resolved === undefined ? null : JSON.stringify(value.resolved),
    timeoutMs: value.timeoutMs ?? null,
  };
}
