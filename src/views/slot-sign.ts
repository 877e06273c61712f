import type { SlotView } from "./list-slots.ts";

const RUN_SIGNS = {
  ...{ queued: "▸", running: "▸", interrupted: "▸", waiting: "‖", paused: "‖" },
  ...{ succeeded: "✓", failed: "✗", canceled: "–" },
} as const;
const ASCII: Readonly<Record<string, string>> = { "▸": ">", "‖": "=", "✓": "+", "✗": "x", "–": "-" };

/**
 * One column for a slot: how its run stands, where it was started in time; `L` where it succeeded and came late, `s`
 * skipped, `M` missed, `m` merged, `…` pending.
 */
export function signSlot({ state, runStatus }: Pick<SlotView, "state" | "runStatus">, isUnicode: boolean): string {
  if (state === "skipped") return "s";
  if (state === "missed") return "M";
  if (state === "merged") return "m";
  if (runStatus === null) return isUnicode ? "…" : ".";
  if (runStatus === "succeeded" && state !== "fired") return "L";
  const sign = RUN_SIGNS[runStatus];
  return isUnicode ? sign : (ASCII[sign] ?? sign);
}
