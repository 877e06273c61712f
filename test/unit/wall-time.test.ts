import { describe, expect, it } from "vitest";
import {
  findGap,
  formatInstant,
  formatWall,
  listInstants,
  toFirstInstant,
  toWall,
} from "../../src/schedule/wall-time.ts";
import { walkTransitions } from "../../src/schedule/zone-offsets.ts";

const PARIS = "Europe/Paris";
const wall = (text: string) => Date.parse(`${text}Z`);

describe("wall times", () => {
  it("are one instant on an ordinary day, none in a gap, two in a repeated hour", () => {
    expect(listInstants(PARIS, wall("2026-07-01T12:00"))).toEqual([Date.parse("2026-07-01T10:00:00Z")]);
    expect(listInstants(PARIS, wall("2026-03-29T02:30"))).toEqual([]);
    expect(listInstants(PARIS, wall("2026-10-25T02:30"))).toEqual([
      Date.parse("2026-10-25T00:30:00Z"),
      Date.parse("2026-10-25T01:30:00Z"),
    ]);
  });

  it("have a gap whose end is the instant of the change", () => {
    const endAt = Date.parse("2026-03-29T01:00:00Z");
    expect(findGap(PARIS, wall("2026-03-29T02:00"))).toMatchObject({
      at: endAt,
      beforeMs: 3_600_000,
      offsetMs: 7_200_000,
    });
    expect(findGap(PARIS, wall("2026-03-29T02:59:59"))?.at).toBe(endAt);
    expect(findGap(PARIS, wall("2026-03-29T03:00"))).toBeUndefined();
    expect(findGap(PARIS, wall("2026-10-25T02:30"))).toBeUndefined();
    expect(toFirstInstant(PARIS, wall("2026-03-29T02:30"))).toBe(endAt);
  });

  it("skip a whole day where the date line was moved", () => {
    expect(listInstants("Pacific/Apia", wall("2011-12-30T12:00"))).toEqual([]);
    expect(findGap("Pacific/Apia", wall("2011-12-30T12:00"))?.at).toBe(Date.parse("2011-12-30T10:00:00Z"));
  });

  it("follow the zone's clock through a change", () => {
    const at = Date.parse("2026-03-29T00:59:59Z");
    expect(formatWall(toWall(PARIS, at))).toBe("2026-03-29T01:59:59");
    expect(formatWall(toWall(PARIS, at + 1_000))).toBe("2026-03-29T03:00");
    expect(formatInstant(PARIS, at)).toBe("2026-03-29T01:59:59+01:00");
    expect(formatInstant("America/St_Johns", at)).toBe("2026-03-28T22:29:59-02:30");
    expect(formatInstant("UTC", at)).toBe("2026-03-29T00:59:59+00:00");
  });
});

describe("the transitions of a zone", () => {
  it("come in order, to the second, and say that nothing changed where nothing does", () => {
    const found: string[] = [];
    for (const each of walkTransitions(PARIS, Date.parse("2026-01-01T00:00:00Z"))) {
      if (each.at > Date.parse("2027-01-01T00:00:00Z")) break;
      if (each.beforeMs !== each.offsetMs) found.push(new Date(each.at).toISOString());
    }
    expect(found).toEqual(["2026-03-29T01:00:00.000Z", "2026-10-25T01:00:00.000Z"]);
    const quiet = walkTransitions("UTC", 0).next().value;
    expect(quiet).toEqual({ at: 32 * 86_400_000, beforeMs: 0, offsetMs: 0 });
  });
});
