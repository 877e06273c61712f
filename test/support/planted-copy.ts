import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** What the checks read, besides the sources. */
const SET_UP = [
  ".ci",
  ".dependency-cruiser.mjs",
  ".gitignore",
  "biome.json",
  "knip.json",
  "package.json",
  "tsconfig.json",
];

export interface PlantedCopy extends AsyncDisposable {
  /** Runs a command of node_modules/.bin there. Never throws for an exit code other than 0. */
  run(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** A copy of the sources in a temporary folder, with `files` (path → text) written into it: a check must see what is wrong with them. */
export async function plantInCopy(files: Record<string, string>): Promise<PlantedCopy> {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-planted-"));
  for (const part of [...SET_UP, "src"]) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return {
    run: (command, ...args) => runIn(folder, command, args),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function runIn(folder: string, command: string, args: string[]) {
  const options = { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
    execFile(join(ROOT, "node_modules/.bin", command), args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
