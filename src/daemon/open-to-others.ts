import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

const OTHERS_MAY_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * What lets others than the owner, root and a group decide what a file says: itself, or a folder on the way to it, where
 * they could put another one in its place. Links are followed. Undefined: nothing does.
 */
export function findOpenToOthers(path: string): string | undefined {
  const real = realpathSync(path);
  if ((statSync(real).mode & OTHERS_MAY_WRITE) !== 0) return real;
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    const { mode } = statSync(folder);
    if ((mode & OTHERS_MAY_WRITE) !== 0 && (mode & STICKY) === 0) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** For a message: it is code that runs as the daemon. */
export function describeOpenToOthers(path: string, open: string): string {
  const what = open === path ? "it" : open;
  return `${path}: everybody may write ${what}, and what is in it runs as the daemon. Run: chmod o-w ${open}`;
}
