/** An instant as the clock of a zone shows it; where the zone is not known here, as UTC. */
export interface ZoneClock {
  readonly weekday: string;
  readonly date: string;
  readonly time: string;
  /** `CET`, `UTC`, `GMT+5:30`. */
  readonly zone: string;
}

const DAY_MS = 86_400_000;
const FORMATS = new Map<string, Intl.DateTimeFormat>();

export function readZoneClock(zone: string, at: number): ZoneClock {
  const parts = Object.fromEntries(
    getFormat(zone)
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  return {
    weekday: parts.weekday ?? "",
    date: `${parts.year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}`,
    zone: parts.timeZoneName ?? zone,
  };
}

/** `Wed 02:30` within a week, else `11-25 02:30`. */
export function formatZoneDay(zone: string, at: number, now: number): string {
  const { weekday, date, time } = readZoneClock(zone, at);
  return Math.abs(at - now) < 6 * DAY_MS ? `${weekday} ${time}` : `${date.slice(5)} ${time}`;
}

function getFormat(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const made = createFormat(zone);
  FORMATS.set(zone, made);
  return made;
}

const OPTIONS: Intl.DateTimeFormatOptions = {
  ...({ weekday: "short", year: "numeric", month: "2-digit", day: "2-digit" } as const),
  ...({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" } as const),
};

/** The names that people use of the zones of Europe are those of this locale alone. */
function createFormat(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...OPTIONS, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...OPTIONS, timeZone: "UTC" });
  }
}
