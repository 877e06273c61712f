import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Names this boot of the machine: process numbers mean nothing in another one, and nothing may be signalled across.
 * Empty where the machine does not say; two empty ones are not the same boot.
 */
export function readBootId(): string {
  try {
    if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const text = execFileSync("/usr/sbin/sysctl", ["-n", "kern.boottime"], { encoding: "utf8", timeout: 2_000 });
    return /sec = (\d+)/.exec(text)?.[1] ?? "";
  } catch {
    return "";
  }
}
