import type { Approval } from "../runners/runner.ts";

/** What decisions gave to a task's next attempts, as its row keeps it. */
export interface Given {
  /** Of who sent it back. */
  readonly feedback?: string;
  /** Of the checkpoint's form. */
  readonly answers?: unknown;
  readonly approval?: Approval;
}

export const NO_GIVEN: Given = {};

export function parseGiven(json: string | null): Given {
  return json === null ? NO_GIVEN : (JSON.parse(json) as Given);
}
