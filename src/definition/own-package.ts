/** Where this copy of the package lies, and the entries that a user's `import "lockstep"` reaches where there is no other copy. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Folders of a package that hold its code: as it is published, and as it is developed. */
const CODE_FOLDERS = ["dist", "src"] as const;

interface OwnPackage {
  /** Ends in a separator. */
  readonly root: string;
  /** `…/dist/` or `…/src/`, of the copy that runs. */
  readonly code: string;
  readonly extension: ".js" | ".ts";
}

const own = findOwnPackage();

/** True for a file of this package itself: it is no source of the user's. */
export function isOwnCode(path: string): boolean {
  return CODE_FOLDERS.some((folder) => path.startsWith(`${own.root}${folder}${sep}`));
}

/** True where a specifier that was resolved leads into this package, though perhaps to another build of it. */
export function isOwnUrl(url: string): boolean {
  return url.startsWith("file:") && isOwnCode(fileURLToPath(url));
}

/** The URL in the running copy for `lockstep`, `lockstep/testing` and `zod` (which is bundled); undefined for all else. */
export function findOwnEntry(specifier: string): string | undefined {
  const name = { lockstep: "index", "lockstep/testing": "testing", zod: "zod" }[specifier];
  if (name === undefined) return undefined;
  const path = join(own.code, `${name}${own.extension}`);
  return existsSync(path) ? pathToFileURL(path).href : undefined;
}

function findOwnPackage(): OwnPackage {
  const here = import.meta.filename;
  const extension = here.endsWith(".ts") ? ".ts" : ".js";
  let folder = dirname(here);
  while (!isRoot(folder)) {
    const above = dirname(folder);
    if (above === folder) return { root: dirname(here) + sep, code: dirname(here) + sep, extension };
    folder = above;
  }
  const [first = ""] = here.slice(folder.length + 1).split(sep);
  return { root: folder + sep, code: join(folder, first) + sep, extension };
}

function isRoot(folder: string): boolean {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return false;
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  return typeof manifest === "object" && manifest !== null && "name" in manifest && manifest.name === "lockstep";
}
