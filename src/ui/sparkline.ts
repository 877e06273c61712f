const STEPS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** One column for each number, the largest as the highest; empty where there are fewer than two: nothing to compare. */
export function drawSparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  if (values.length < 2 || most <= 0) return "";
  return values.map((value) => STEPS[Math.min(STEPS.length - 1, Math.floor((value / most) * STEPS.length))]).join("");
}
