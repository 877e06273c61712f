import { describe, expect, it } from "vitest";
import { InvalidDefinitionError } from "../../src/core/errors.ts";
import { createCronRule } from "../../src/schedule/cron-rule.ts";

function catchError(cron: string, zone = "UTC"): InvalidDefinitionError {
  try {
    createCronRule({ cron, zone });
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error;
    throw error;
  }
  throw new Error(`${cron} in ${zone} was accepted`);
}

describe("a cron rule", () => {
  it("goes by the clock, unless its hour field names every hour", () => {
    expect(createCronRule({ cron: "0 2,14 * * *", zone: "Europe/Paris" })).toMatchObject({
      isElapsed: false,
      gap: "shift",
      repeat: "first",
    });
    for (const hour of ["*", "*/1", "0-23"]) {
      expect(createCronRule({ cron: `30 ${hour} * * *`, zone: "Europe/Paris" })).toMatchObject({
        isElapsed: true,
        gap: "none",
        repeat: "both",
      });
    }
  });

  it("has the options it was given", () => {
    const rule = createCronRule({ cron: "0 2 * * *", zone: "Europe/Paris", gap: "skip", repeat: "both" });
    expect(rule).toMatchObject({ gap: "skip", repeat: "both" });
  });

  it("reads six fields with seconds first, names of days and months, and nicknames", () => {
    const times = (cron: string) => createCronRule({ cron, zone: "UTC" }).calendar.timesOfDay;
    expect(times("*/20 0 1 * * *")).toEqual([3_600_000, 3_620_000, 3_640_000]);
    expect(times("@daily")).toEqual([0]);
    expect(times("@hourly")).toHaveLength(24);
    expect(times("  15  9 * JAN-MAR MON-FRI ")).toEqual([9 * 3_600_000 + 900_000]);
    expect(times("* * * * * *")).toHaveLength(86_400);
  });

  it.each([
    ["", /found "": it has 0 fields\. Write minute, hour, day of month, month and day of week/],
    ["0 2 *", /it has 3 fields/],
    ["0 0 2 * * * 2030", /it has 7 fields/],
    [
      "60 * * * *",
      /expected a cron pattern such as "30 2 \* \* \*", found "60 \* \* \* \*": invalid value for minute: 60/,
    ],
    ["0 24 * * *", /invalid value for hour: 24/],
    ["H 2 * * *", /illegal characters/],
    ["5/10 * * * *", /stepping with numeric prefix/],
    ["@reboot", /the names are @yearly .* @hourly/],
    ["0 0 30 2 *", /no such day exists, so it would never fire/],
    [`${"1,".repeat(300)}1 * * * *`, /more than 512 characters/],
  ])("refuses %j with what was expected and found", (cron, message) => {
    const error = catchError(cron);
    expect(error.code).toBe("invalid_cron");
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(message);
  });

  it("refuses an unknown zone with the closest one, and local, which the caller resolves", () => {
    expect(catchError("0 2 * * *", "Europe/Pariss")).toMatchObject({ code: "invalid_timezone" });
    expect(catchError("0 2 * * *", "Europe/Pariss").message).toContain("Did you mean Europe/Paris?");
    expect(catchError("0 2 * * *", "local").code).toBe("invalid_timezone");
  });
});
