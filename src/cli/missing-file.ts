import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isProgramPlace } from "../engine/program-place.ts";

/** Says that a loaded file, or the folder that it was in, is not there any more; undefined: it is, or it was never one. */
export function describeMissing(file: string): string | undefined {
  if (isProgramPlace(file) || existsSync(file)) return undefined;
  const folder = dirname(file);
  return existsSync(folder) ? "the file is not there" : `the folder ${folder} is not there`;
}
