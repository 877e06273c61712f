/**
 * Fetches 1,000 users, splits them into 10 chunks, cleans the chunks in parallel, merges them and writes one file.
 *
 *   npx lockstep run examples/import-users.ts
 *   npx lockstep run examples/import-users.ts --input seed=7 --input pauseMs=500
 *
 * With `pauseMs` each chunk takes so much longer: time to kill it (Ctrl-C, or kill -9) and to resume it.
 */
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { workflow } from "lockstep";
import { z } from "zod";
import { fetchUsers } from "./import-users-source.ts";

/** Paths in the input are relative to the repository. */
const ROOT = resolve(import.meta.dirname, "..");

const wf = workflow("import-users", {
  description: "Fetch users, clean them in 10 chunks, merge them and write a file",
  input: z.object({
    seed: z.int().default(1),
    users: z.int().min(1).default(1_000),
    pauseMs: z.int().min(0).default(0),
    out: z.string().default("examples/out/users.json"),
    /** Gets a line for each chunk that was cleaned: what was really done, and how often. */
    journal: z.string().optional(),
  }),
});

const fetched = wf.task("fetch", ({ input }) => fetchUsers(input.seed, input.users));

const cleaned = wf.map(
  "clean",
  { over: fetched, chunks: 10, maxConcurrent: 4, label: ({ item }) => `users ${item[0]?.id} to ${item.at(-1)?.id}` },
  async ({ input, item, index, attempt, signal }) => {
    await pause(input.pauseMs, undefined, { signal });
    const users = item.map(({ id, name, email }) => ({ id, name: name.trim(), email: email.toLowerCase() }));
    const valid = users.filter(({ email }) => /^[^\s@]+@[^\s@]+$/.test(email));
    if (input.journal !== undefined) await appendFile(resolve(ROOT, input.journal), `${index} ${attempt}\n`);
    return { valid, invalid: users.length - valid.length };
  },
);

const merged = wf.task("merge", { needs: { cleaned } }, ({ needs }) => {
  const byEmail = new Map(
    needs.cleaned
      .flatMap(({ valid }) => valid)
      .reverse()
      .map((user) => [user.email, user]),
  );
  const users = [...byEmail.values()].sort((a, b) => a.id - b.id);
  const valid = needs.cleaned.reduce((sum, chunk) => sum + chunk.valid.length, 0);
  const invalid = needs.cleaned.reduce((sum, chunk) => sum + chunk.invalid, 0);
  return { users, invalid, duplicates: valid - users.length };
});

const written = wf.task("write", { needs: { merged } }, async ({ input, needs, idempotencyKey }) => {
  const path = resolve(ROOT, input.out);
  const { users, invalid, duplicates } = needs.merged;
  await mkdir(dirname(path), { recursive: true });
  // Written beside its place and moved there whole: a crash leaves the old file or the new one.
  const draft = `${path}.${idempotencyKey.replaceAll(/\W/g, "-")}`;
  await writeFile(draft, `${JSON.stringify(users, null, 1)}\n`);
  await rename(draft, path);
  return { path, users: users.length, invalid, duplicates };
});

wf.returns(written);
export default wf;
