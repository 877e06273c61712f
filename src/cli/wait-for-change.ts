import { keepAlive } from "../platform/keep-alive.ts";
import type { CommandContext } from "./command-context.ts";

/** How often a command that follows looks again. */
const LOOK_EVERY_MS = 100;

/**
 * Waits until it is time to look again, until the person interrupts, or until `sooner` has settled; rejects with it. Keeps
 * the process alive meanwhile.
 */
export async function waitForChange(
  context: CommandContext,
  delayMs = LOOK_EVERY_MS,
  sooner?: Promise<unknown>,
): Promise<"look" | "interrupted"> {
  const { promise, resolve, reject } = Promise.withResolvers<"look" | "interrupted">();
  const letGo = keepAlive();
  const cancelTimer = context.clock.schedule(delayMs, () => resolve("look"));
  const ignoreInterrupts = context.onInterrupt(() => resolve("interrupted"));
  sooner?.then(() => resolve("look"), reject);
  try {
    return await promise;
  } finally {
    letGo();
    cancelTimer();
    ignoreInterrupts();
  }
}
