import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../src/core/limits.ts";

const UNITS = { "": 1, KiB: 1_024, MiB: 1_024 ** 2, s: 1_000, min: 60_000 } as const;

function parseShown(shown: string): number {
  const [, digits = "", unit = ""] = /^([\d,]+) ?(\w*)$/.exec(shown) ?? [];
  return Number(digits.replaceAll(",", "")) * UNITS[unit as keyof typeof UNITS];
}

test("each limit stands in docs/operating.md with its value", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/operating.md"), "utf8");
  const rows = Array.from(page.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm), (match) => [match[1], match[2]?.trim()]);
  const documented = rows.map(([name, shown]) => [name, parseShown(shown ?? "")]);
  expect(Object.fromEntries(documented)).toEqual({ ...limits });
});
