import { isAbsolute, relative } from "node:path";

/** A path as a user would write it: relative where it lies in the current folder, else absolute. */
export function showPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near !== "" && !near.startsWith("..") && !isAbsolute(near) ? near : path;
}
