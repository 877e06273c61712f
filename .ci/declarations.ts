/**
 * The types of the library: what `tsc` declares of `src/index.ts` and `src/testing.ts`, and of the files that these reach
 * by types alone. Everything stands in `dist/types/`; nothing there may point outside but to Node's own modules, because
 * the package brings no other with it.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const ENTRIES = ["index.d.ts", "testing.d.ts"];

/** Packages of types alone, copied beside ours: specifier → file in node_modules. */
const COPIED = { "@standard-schema/spec": "@standard-schema/spec/dist/index.d.ts" };

/** `from "x"`, `import("x")` and `import "x"`, with what stands before and after x. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'])([^"']+)\2/g;

/** Returns what is wrong with them, in sentences. */
export function writeDeclarations(root: string, dist: string): string[] {
  const entries = ENTRIES.filter((entry) => existsSync(join(root, "src", entry.replace(".d.ts", ".ts"))));
  if (entries.length === 0) return [];
  const emitted = mkdtempSync(join(tmpdir(), "lockstep-types-"));
  try {
    declare(root, emitted);
    const types = join(dist, "types");
    const problems = [...listReachable(emitted, entries)].flatMap((file) => writeFile(emitted, types, file));
    for (const [name, file] of Object.entries(COPIED)) {
      copyFileSync(join(root, "node_modules", file), join(types, nameOfCopy(name)));
    }
    return problems;
  } finally {
    rmSync(emitted, { recursive: true, force: true });
  }
}

function declare(root: string, outDir: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", join(root, "tsconfig.declarations.json"), "--outDir", outDir];
  const { status } = spawnSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`tsc could not declare the types of the library (exit code ${status})`);
}

/** The entries, and all that they import from beside them, each once. */
function listReachable(folder: string, entries: string[]): Set<string> {
  const reached = new Set(entries);
  for (const file of reached) {
    for (const [, , , specifier] of readFileSync(join(folder, file), "utf8").matchAll(SPECIFIER)) {
      if (specifier?.startsWith(".")) reached.add(join(dirname(file), specifier).replace(/\.tsx?$/, ".d.ts"));
    }
  }
  return reached;
}

function writeFile(from: string, to: string, file: string): string[] {
  const problems: string[] = [];
  const text = readFileSync(join(from, file), "utf8").replace(SPECIFIER, (_, before, quote, specifier) => {
    if (!canFollow(specifier)) problems.push(`public types reach "${specifier}" through ${file}; users do not have it`);
    return `${before}${quote}${pointTo(specifier, file)}${quote}`;
  });
  mkdirSync(dirname(join(to, file)), { recursive: true });
  writeFileSync(join(to, file), text);
  return problems;
}

function canFollow(specifier: string): boolean {
  return specifier.startsWith(".") || specifier.startsWith("node:") || specifier in COPIED;
}

function pointTo(specifier: string, file: string): string {
  if (specifier.startsWith(".")) return specifier.replace(/\.tsx?$/, ".js");
  if (!(specifier in COPIED)) return specifier;
  const path = relative(dirname(file), nameOfCopy(specifier).replace(".d.ts", ".js"));
  return path.startsWith(".") ? path : `./${path}`;
}

function nameOfCopy(name: string): string {
  return `${name.replace("@", "").replaceAll("/", "-")}.d.ts`;
}
