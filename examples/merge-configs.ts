/**
 * Reads three configuration files at once, merges them, and writes the result.
 *
 *   npx lockstep run examples/merge-configs.ts
 *   npx lockstep run examples/merge-configs.ts --input out=/tmp/merged.json
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { workflow } from "lockstep";
import { z } from "zod";

/** Paths in the input are relative to the repository. */
const ROOT = resolve(import.meta.dirname, "..");

type Config = { [key: string]: unknown };

const wf = workflow("merge-configs", {
  description: "Read three configuration files and merge them",
  input: z.object({
    dir: z.string().default("."),
    out: z.string().default("examples/out/merged-config.json"),
  }),
});

const pkg = wf.task("read_package", ({ input }) => readConfig(input.dir, "package.json"));
const tsconfig = wf.task("read_tsconfig", ({ input }) => readConfig(input.dir, "tsconfig.json"));
const biome = wf.task("read_biome", ({ input }) => readConfig(input.dir, "biome.json"));

const merge = wf.task("merge", { needs: { pkg, tsconfig, biome } }, ({ needs }) => {
  const conflicts: string[] = [];
  const config = [needs.pkg, needs.tsconfig, needs.biome].reduce((left, right) =>
    mergeConfigs(left, right, "", conflicts),
  );
  return { config, conflicts };
});

const write = wf.task("write", { needs: { merge } }, async ({ input, needs, idempotencyKey }) => {
  const path = resolve(ROOT, input.out);
  await mkdir(dirname(path), { recursive: true });
  // Written beside its place and moved there whole: a crash leaves the old file or the new one.
  const draft = `${path}.${idempotencyKey.replaceAll(/\W/g, "-")}`;
  await writeFile(draft, `${JSON.stringify(needs.merge.config, null, 2)}\n`);
  await rename(draft, path);
  return { path, keys: Object.keys(needs.merge.config).length, conflicts: needs.merge.conflicts };
});

wf.returns(write);
export default wf;

async function readConfig(dir: string, file: string): Promise<Config> {
  const found: unknown = JSON.parse(await readFile(resolve(ROOT, dir, file), "utf8"));
  if (!isConfig(found)) throw new Error(`${file}: expected an object, found ${JSON.stringify(found)}`);
  return found;
}

/** Objects are merged key by key; of anything else the right one wins, and the key is noted where the two differ. */
function mergeConfigs(left: Config, right: Config, path: string, conflicts: string[]): Config {
  const merged = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = merged[key];
    const place = path === "" ? key : `${path}.${key}`;
    if (isConfig(before) && isConfig(value)) merged[key] = mergeConfigs(before, value, place, conflicts);
    else {
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(value)) conflicts.push(place);
      merged[key] = value;
    }
  }
  return merged;
}

function isConfig(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
