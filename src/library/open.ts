import type { Lockstep } from "./lockstep.ts";
import type { OpenOptions } from "./open-options.ts";

/**
 * Opens the engine inside this process. Functions run here, in process; commands in process groups of their own.
 * @throws {DatabaseError} where the file cannot be used.
 */
export async function open(options: OpenOptions = {}): Promise<Lockstep> {
  const { openEngine } = await import("./open-engine.ts");
  return openEngine(options);
}
