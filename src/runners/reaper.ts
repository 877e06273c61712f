/**
 * One `/bin/sh` that outlives its engine by a moment: it reads `+pgid` and `-pgid`, and when its input ends, however the
 * engine ended, it kills every group that is still registered.
 *
 * What has left its group (setsid, a double fork) is then found by the engine's mark in its environment, where there is
 * a /proc; elsewhere the next engine finds it.
 *
 * R1: a group is on its way to the reaper, in the kernel, before what is in it may begin.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** dash refuses `kill -KILL -- -PGID`; `-s KILL` works everywhere. */
const SCRIPT = `
trap '' HUP INT TERM
set -f
groups=
mark=
while read -r line; do
  case $line in
    =*) mark=\${line#=} ;;
    +*) groups="$groups \${line#+}" ;;
    -*) kept=
      for group in $groups; do [ "$group" = "\${line#-}" ] || kept="$kept $group"; done
      groups=$kept ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ -n "$groups" ] && [ -n "$mark" ] || exit 0
set +f
for look in 1 2 3; do
  left=$(grep -lszxF "$mark" /proc/[0-9]*/environ)
  [ -n "$left" ] || exit 0
  for file in $left; do pid=\${file#/proc/}; kill -s KILL "\${pid%/environ}" 2>/dev/null; done
done
`;

export class Reaper {
  #shell: ChildProcess | undefined;
  readonly #groups = new Set<number>();
  #engineUid: string | undefined;
  #closed = false;

  /**
   * Resolves when the reaper will know of the group. Rejects where it cannot be started: what is in the group may not begin.
   * @param engineUid carried as LOCKSTEP_ENGINE by all that the command starts
   */
  async register(group: number, engineUid: string | undefined): Promise<void> {
    this.#groups.add(group);
    if (engineUid !== undefined && this.#engineUid !== engineUid) {
      this.#engineUid = engineUid;
      await this.#write(`=LOCKSTEP_ENGINE=${engineUid}\n`);
    }
    await this.#write(`+${group}\n`); // R1
  }

  unregister(group: number): void {
    if (!this.#groups.delete(group) || this.#shell === undefined) return;
    void this.#write(`-${group}\n`).catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    const shell = this.#shell;
    if (shell === undefined) return;
    this.#shell = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    shell.once("exit", () => resolve());
    shell.stdin?.end();
    await promise;
  }

  #write(line: string): Promise<void> {
    const shell = this.#shell ?? this.#start();
    // One that could not be started has perhaps not even a standard input, and would never answer.
    if (shell.pid === undefined) return Promise.reject(new Error("no /bin/sh could be started"));
    return new Promise((resolve, reject) => {
      shell.stdin?.write(line, (error) => (error == null ? resolve() : reject(error)));
    });
  }

  #start(): ChildProcess {
    const shell = spawn("/bin/sh", ["-c", SCRIPT, "lockstep-reaper"], {
      detached: true,
      cwd: "/",
      env: {},
      stdio: ["pipe", "ignore", "ignore"],
    });
    shell.on("error", () => {});
    if (shell.pid === undefined) return shell; // for want of descriptors or processes: the next group tries again
    this.#shell = shell;
    shell.stdin?.on("error", () => {});
    shell.once("exit", () => this.#restart(shell));
    if (this.#engineUid !== undefined) shell.stdin?.write(`=LOCKSTEP_ENGINE=${this.#engineUid}\n`);
    for (const group of this.#groups) shell.stdin?.write(`+${group}\n`);
    return shell;
  }

  /** Somebody ended it: what it guarded is handed to the next one. */
  #restart(shell: ChildProcess): void {
    if (this.#shell !== shell) return;
    this.#shell = undefined;
    if (!this.#closed && this.#groups.size > 0) this.#start();
  }
}
