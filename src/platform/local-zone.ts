import { readFileSync, realpathSync } from "node:fs";

/** Where a machine says which zone it is in. */
export interface ZoneFiles {
  /** A link into the zone database. */
  readonly link: string;
  /** The zone's name, where Debian writes it. */
  readonly name: string;
}

const ZONE_FILES: ZoneFiles = { link: "/etc/localtime", name: "/etc/timezone" };

/**
 * The zone that this machine is in now. Node reads it once, at its start: a process that runs for months has to look
 * itself.
 */
export function readLocalZone(env: NodeJS.ProcessEnv, files: ZoneFiles = ZONE_FILES): string {
  // A daemon asks at each look: nothing is read that is not needed.
  for (const read of [() => env.TZ?.replace(/^:/, ""), () => readLink(files.link), () => readName(files.name)]) {
    const found = read();
    if (isZone(found)) return found;
  }
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function readLink(path: string): string | undefined {
  try {
    return realpathSync
      .native(path)
      .split("/zoneinfo/")
      .at(1)
      ?.replace(/^(posix|right)\//, "");
  } catch {
    return undefined; // there is none: a container without it
  }
}

function readName(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined; // only some systems have it
  }
}

const known = new Map<string, boolean>();

function isZone(name: string | undefined): name is string {
  if (name === undefined || name === "") return false;
  const before = known.get(name);
  if (before !== undefined) return before;
  const isKnown = canFormat(name);
  if (known.size < 1_000) known.set(name, isKnown);
  return isKnown;
}

function canFormat(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}
