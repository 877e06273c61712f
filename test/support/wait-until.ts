import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Looks often until something is so; fails loudly when it never is. */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const endAt = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > endAt) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(5);
  }
}

/** True while a process runs; a zombie is dead. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
