/** Where one is in the UI. Views lie on one another: Esc goes back to the one below. */
export type View =
  | { readonly kind: "inbox" }
  | { readonly kind: "checkpoint"; readonly run: number | null; readonly number: number }
  | { readonly kind: "pick"; readonly run: number; readonly number: number }
  | { readonly kind: "runs" }
  | { readonly kind: "schedules" }
  | { readonly kind: "slots"; readonly schedule: number }
  | { readonly kind: "workflows" }
  | { readonly kind: "run"; readonly run: number }
  | { readonly kind: "log"; readonly run: number; readonly task: string; readonly index: number | null };

/** Those that the header names, in its order. */
export const TABS = ["inbox", "runs", "schedules", "workflows"] as const;
export type Tab = (typeof TABS)[number];

/** Tells views apart: state that is kept, and keys that are dead after a change, go by it. */
export function nameView(view: View): string {
  return JSON.stringify(view);
}

/** `412.1`, `ask-7`. */
export function nameGate(run: number | null, number: number): string {
  return run === null ? `ask-${number}` : `${run}.${number}`;
}

/** The gate that a person wrote; undefined where it is none. */
export function parseGateName(text: string): { readonly run: number | null; readonly number: number } | undefined {
  const [, run, number] = /^#?(?:(\d+)\.|ask-)(\d+)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  return { run: run === undefined ? null : Number(run), number: Number(number) };
}
