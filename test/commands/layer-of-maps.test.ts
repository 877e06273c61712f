import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callLockstep } from "../support/command-line.ts";
import { runLockstep } from "../support/lockstep-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** Two layers are reviewed, and the map is what the second of them gave. */
const MAPS = `
import { workflow } from "lockstep";
import { z } from "zod";
const wf = workflow("maps", { checkpoint: "every-layer", input: z.object({ count: z.int() }) });
const ids = wf.task("ids", ({ input }) => Array.from({ length: input.count }, (_, at) => at));
const load = wf.map("load", { over: ids, tolerate: 1 }, ({ item, feedback }) => {
  if (item === 1) throw new Error("no such thing");
  return \`\${feedback ?? "thing"} \${item}\`;
});
wf.task("save", { needs: { load } }, ({ needs }) => needs.load.length);
export default wf;
`;

/** A run that waits for the review of its map. */
async function createReviewedMap(count: number): Promise<string> {
  const folder = createTemporaryFolder();
  mkdirSync(join(folder, ".lockstep"), { mode: 0o700 });
  writeFileSync(join(folder, "maps.ts"), MAPS);
  await reviewMap(folder, 1, count);
  return folder;
}

async function reviewMap(folder: string, run: number, count: number): Promise<void> {
  const { exitCode } = await runLockstep(folder, "run", "maps.ts", "--input", JSON.stringify({ count }));
  expect(exitCode).toBe(3);
  await approve(folder, `${run}.1`);
  expect((await runLockstep(folder, "resume", String(run))).exitCode).toBe(3);
}

async function approve(folder: string, id: string): Promise<void> {
  const { out } = await callLockstep(folder, ["checkpoints", id, "--json"]);
  const { hash }: { hash: string } = JSON.parse(out);
  expect((await callLockstep(folder, ["approve", id, "--if-hash", hash])).exitCode).toBe(0);
}

interface Happened {
  readonly happened: readonly { readonly id: string; readonly output: unknown }[];
}

test("what a map gave is shown at the review of its layer, and before an edit of it", async () => {
  const folder = await createReviewedMap(3);
  const { out } = await callLockstep(folder, ["checkpoints", "1.2"]);
  expect(out).toMatch(/happened {3}load succeeded.*, 3 items\n/);
  expect(out.replace(/\s+/g, " ")).toContain('[ "thing 0", null, "thing 2" ]');
  const { happened }: Happened = JSON.parse((await callLockstep(folder, ["checkpoints", "1.2", "--json"])).out);
  expect(happened).toEqual([expect.objectContaining({ id: "load", output: ["thing 0", null, "thing 2"] })]);
  const { hash }: { hash: string } = JSON.parse((await callLockstep(folder, ["checkpoints", "1.2", "--json"])).out);
  const edited = await callLockstep(folder, ["edit", "1.2", "--set", 'load=["a"]', "--if-hash", hash]);
  expect(edited.error).toContain('load: ["thing 0",null,"thing 2"] → ["a"]');
});

test("a long list is shown as far as a person reads, with how long it is, and whole in the JSON", async () => {
  const folder = await createReviewedMap(2_500);
  const { out } = await callLockstep(folder, ["checkpoints", "1.2"]);
  expect(out).toMatch(/happened {3}load succeeded.*, 2500 items\n/);
  expect(out).toContain("the first 1000 of them; --json has all");
  const { happened }: Happened = JSON.parse((await callLockstep(folder, ["checkpoints", "1.2", "--json"])).out);
  expect(happened[0]?.output).toHaveLength(2_500);
});

test("the difference from what was approved last looks into the list of a map", async () => {
  const folder = await createReviewedMap(3);
  await approve(folder, "1.2");
  await reviewMap(folder, 2, 3);
  const same = await callLockstep(folder, ["checkpoints", "2.2"]);
  expect(same.out).toContain("approved 1.2: the same is shown; definition and input are the same");
  await approve(folder, "2.2");
  await reviewMap(folder, 3, 4);
  const other = await callLockstep(folder, ["checkpoints", "3.2"]);
  expect(other.out).toContain("approved 2.2: what load gave is another; definition is the same; input changed");
});
