import type { TaskSpec } from "./workflow-spec.ts";

/** What a running attempt occupies: the engine has so many places for functions, and so many for commands. */
export const SLOT_CLASSES = ["function", "command"] as const;
export type SlotClass = (typeof SLOT_CLASSES)[number];

/** Working out a map's list is a function, whatever its instances are. */
export function getSlotClass(spec: TaskSpec, isExpansion: boolean): SlotClass {
  return spec.kind === "command" && !isExpansion ? "command" : "function";
}
