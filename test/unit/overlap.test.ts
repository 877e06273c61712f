import { describe, expect, it } from "vitest";
import { decideOverlap, decidePending } from "../../src/schedule/overlap.ts";

const policies = (
  overlap: "skip" | "queue" | "cancel" | "allow",
  whileWaiting: "hold" | "supersede" | "queue" = "hold",
) => ({
  overlap,
  whileWaiting,
});

describe("a slot whose predecessor is not finished", () => {
  it("fires where there is no predecessor, whatever the policy", () => {
    for (const overlap of ["skip", "queue", "cancel", "allow"] as const) {
      expect(decideOverlap(policies(overlap), "none")).toEqual({ kind: "fire" });
    }
  });

  it.each([
    ["skip", { kind: "skip", reason: "overlap" }],
    ["queue", { kind: "pending", reason: "queue" }],
    ["cancel", { kind: "cancel", reason: "cancel" }],
    ["allow", { kind: "fire" }],
  ] as const)("with overlap %s beside an active one: %o", (overlap, expected) => {
    expect(decideOverlap(policies(overlap, "supersede"), "active")).toEqual(expected);
  });

  it.each([
    ["hold", { kind: "pending", reason: "hold" }],
    ["queue", { kind: "pending", reason: "queue" }],
    ["supersede", { kind: "supersede" }],
  ] as const)(
    "with whileWaiting %s beside one that waits at a checkpoint: %o, whatever overlap says",
    (whileWaiting, expected) => {
      for (const overlap of ["skip", "queue", "cancel", "allow"] as const) {
        expect(decideOverlap(policies(overlap, whileWaiting), "waiting")).toEqual(expected);
      }
    },
  );
});

describe("a pending slot", () => {
  it("fires once its predecessor is gone", () => {
    for (const reason of ["queue", "hold", "cancel"] as const) {
      expect(decidePending(policies("skip"), reason, "none")).toEqual({ kind: "fire" });
    }
  });

  it("goes on waiting while the approved predecessor works, unless overlap is allowed", () => {
    for (const overlap of ["skip", "queue", "cancel"] as const) {
      expect(decidePending(policies(overlap), "hold", "active")).toEqual({ kind: "pending", reason: "hold" });
    }
    expect(decidePending(policies("allow"), "hold", "active")).toEqual({ kind: "fire" });
    expect(decidePending(policies("allow"), "hold", "waiting")).toEqual({ kind: "pending", reason: "hold" });
    expect(decidePending(policies("allow"), "queue", "active")).toEqual({ kind: "pending", reason: "queue" });
  });
});
