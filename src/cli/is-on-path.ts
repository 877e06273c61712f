import { accessSync, constants } from "node:fs";
import { delimiter, resolve } from "node:path";

/** Whether a program can be started by its name, from a folder. */
export function isOnPath(program: string, path = "", folder = "/"): boolean {
  const places = program.includes("/")
    ? [resolve(folder, program)]
    : path.split(delimiter).map((each) => resolve(folder, each, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
