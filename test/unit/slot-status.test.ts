import { describe, expect, it } from "vitest";
import {
  findNextSlotStatus,
  isFiredSlot,
  isSlotOpen,
  NEXT_SLOT_STATUS,
  SLOT_STATUSES,
} from "../../src/core/slot-status.ts";

describe("the machine of a slot", () => {
  it("leads from due, and again from void, to every status of the ledger but void", () => {
    const reached = new Set<string>(Object.values(NEXT_SLOT_STATUS.due));
    expect([...reached, "void"].sort()).toEqual([...SLOT_STATUSES].sort());
    expect(NEXT_SLOT_STATUS.void).toEqual(NEXT_SLOT_STATUS.due);
  });

  it("never leaves a slot that was fired or merged", () => {
    for (const status of ["fired", "late", "caught_up", "merged"] as const) {
      expect(NEXT_SLOT_STATUS[status]).toEqual({});
    }
    expect(findNextSlotStatus("fired", "clockSetBack")).toBeUndefined();
  });

  it("makes what was not fired void when the clock is set back", () => {
    for (const status of ["pending", "missed", "skipped"] as const) {
      expect(findNextSlotStatus(status, "clockSetBack")).toBe("void");
    }
  });

  it("ends a pending slot as fired, late, skipped, or missed where it cannot be started", () => {
    expect(findNextSlotStatus("pending", "fire")).toBe("fired");
    expect(findNextSlotStatus("pending", "fireLate")).toBe("late");
    expect(findNextSlotStatus("pending", "skip")).toBe("skipped");
    expect(findNextSlotStatus("pending", "miss")).toBe("missed");
  });

  it("lets a backfill start what was missed, and nothing else", () => {
    const started = SLOT_STATUSES.filter((status) => findNextSlotStatus(status, "catchUp") !== undefined);
    expect(started).toEqual(["missed", "void"]);
  });

  it("decides a slot that has no row or a void one, and no other", () => {
    expect([undefined, ...SLOT_STATUSES].filter(isSlotOpen)).toEqual([undefined, "void"]);
    expect(SLOT_STATUSES.filter(isFiredSlot)).toEqual(["fired", "late", "caught_up"]);
  });
});
