import { readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";

/** Who sits before this process, as a decision records it. */
export interface Person {
  /** Who logged in: the same behind `sudo`. */
  readonly user: string;
  readonly effectiveUser: string;
  readonly host: string;
  /** The terminal's device, where there is one. */
  readonly tty: string | undefined;
}

/** `sudo` and `doas` leave the name of who called them; it counts only for who they have become. */
export function readPerson(env: Readonly<Record<string, string | undefined>>): Person {
  const effectiveUser = readEffectiveUser();
  const caller = env.SUDO_USER || env.DOAS_USER;
  return {
    user: caller && isTargetOfSudo(env, effectiveUser) ? caller : effectiveUser,
    effectiveUser,
    host: hostname(),
    tty: readTerminal(),
  };
}

function isTargetOfSudo(env: Readonly<Record<string, string | undefined>>, effectiveUser: string): boolean {
  return env.USER === undefined || env.USER === effectiveUser;
}

function readEffectiveUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.geteuid?.() ?? "unknown"}`;
  }
}

/** Linux shows the device behind a descriptor; elsewhere only that it is a terminal. */
function readTerminal(): string | undefined {
  if (!process.stdin.isTTY) return undefined;
  try {
    return readlinkSync("/proc/self/fd/0");
  } catch {
    return "tty";
  }
}
