import type { CommandContext } from "./command-context.ts";

/** How often a command that follows looks again. */
const LOOK_EVERY_MS = 100;

/** Waits until it is time to look again, or until the person interrupts. Keeps the process alive meanwhile. */
export async function waitForChange(context: CommandContext, delayMs = LOOK_EVERY_MS): Promise<"look" | "interrupted"> {
  return await new Promise((resolve) => {
    // A timer of a clock keeps no process alive.
    const keepAlive = setInterval(() => {}, 60_000);
    const end = (why: "look" | "interrupted") => {
      clearInterval(keepAlive);
      cancelTimer();
      ignoreInterrupts();
      resolve(why);
    };
    const cancelTimer = context.clock.schedule(delayMs, () => end("look"));
    const ignoreInterrupts = context.onInterrupt(() => end("interrupted"));
  });
}
