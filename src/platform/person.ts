import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";

/** What Linux says for a process that nobody logged in for: -1 in 32 bits. */
const NO_LOGIN = "4294967295";

/** Who sits before this process, as a decision records it. */
export interface Person {
  /** Who logged in: the same behind `sudo`. */
  readonly user: string;
  readonly effectiveUser: string;
  readonly host: string;
  /** The terminal's device, where there is one. */
  readonly tty: string | undefined;
}

/**
 * Linux keeps the number of who logged in with every process, and no `sudo` changes it. Where the machine has none (no
 * audit, macOS), `sudo` and `doas` have left the name of who called them.
 */
export function readPerson(env: Readonly<Record<string, string | undefined>>): Person {
  const effectiveUser = readEffectiveUser();
  return {
    user: readLoginUser() ?? (env.SUDO_USER || env.DOAS_USER || effectiveUser),
    effectiveUser,
    host: hostname(),
    tty: readTerminal(),
  };
}

function readLoginUser(): string | undefined {
  const id = readText("/proc/self/loginuid")?.trim();
  if (id === undefined || id === NO_LOGIN) return undefined;
  const line = readText("/etc/passwd")
    ?.split("\n")
    .find((entry) => entry.split(":")[2] === id);
  return line?.split(":")[0] ?? `uid ${id}`;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
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
