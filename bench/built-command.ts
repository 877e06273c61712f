import { existsSync } from "node:fs";
import { join } from "node:path";

const COMMAND = join(import.meta.dirname, "../dist/cli.js");

/** What `npm run build` has made. Throws where it has not. */
export function findBuiltCommand(): string {
  if (!existsSync(COMMAND)) throw new Error(`expected the built command at ${COMMAND}. Build it: npm run build`);
  return COMMAND;
}
