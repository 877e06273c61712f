import { findClosest } from "../../core/did-you-mean.ts";
import { describeFound, suggest } from "./describe-found.ts";

/** What is wrong with the name of a time zone; undefined where nothing is. `local` is the machine's. */
export function findTimezoneMistake(name: string): string | undefined {
  if (isTimezone(name)) return undefined;
  const closest = findClosest(name, Intl.supportedValuesOf("timeZone"));
  return `expected a time zone such as Europe/Paris, or local, found ${describeFound(name)}${suggest(closest)}`;
}

function isTimezone(name: string): boolean {
  if (name === "local") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
