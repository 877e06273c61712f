const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** How much something takes, for people: `812 B`, `4.0 KiB`, `1.3 GiB`. */
export function formatBytes(bytes: number): string {
  let rest = Math.max(0, bytes);
  let unit = 0;
  while (rest >= 1_024 && unit < UNITS.length - 1) {
    rest /= 1_024;
    unit += 1;
  }
  return unit === 0 ? `${Math.round(rest)} B` : `${rest.toFixed(1)} ${UNITS[unit]}`;
}
