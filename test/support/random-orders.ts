/** What fixtures/random-program.ts and its parent say to each other. */
export const KINDS = ["quick", "asking", "flaky", "wide", "parent", "hurried"] as const;
export const ACTS = ["approve", "reject", "redo", "cancel", "pause", "resume", "retry", "from"] as const;
export type Order =
  | { readonly t: "start"; readonly kind: (typeof KINDS)[number] }
  | { readonly t: "act"; readonly run: string; readonly act: (typeof ACTS)[number] }
  | { readonly t: "stop" };
export type Told = { readonly t: "ready" } | { readonly t: "started"; readonly run: string } | Failed;
export interface Failed {
  readonly t: "failed";
  readonly order: string;
  readonly error: string;
}
