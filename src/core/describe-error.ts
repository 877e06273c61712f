import type { ErrorValue } from "./errors.ts";

/** What people read of an error: its message, and those of its causes that say more, as `fetch failed: connect ECONNREFUSED …`. */
export function describeError(error: ErrorValue): string {
  const messages: string[] = [];
  for (let each: ErrorValue | undefined = error; each !== undefined; each = each.cause) {
    const message = each.message === "" ? (each.code ?? "") : each.message;
    if (message !== "" && !messages.some((known) => known.includes(message))) messages.push(message);
  }
  // `found "{".: Unexpected …` would read as a slip.
  return messages.map((each, at) => (at < messages.length - 1 ? each.replace(/\.$/, "") : each)).join(": ");
}
