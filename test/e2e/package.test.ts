import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

let scratch: string;
let project: string;
/** All that a new user's machine has for sure: no Python, no make, no compiler. */
let env: NodeJS.ProcessEnv;

async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    if (folder.includes("node_modules")) continue;
    if ((await readdir(folder).catch((): string[] => [])).includes(name)) return join(folder, name);
  }
  return undefined;
}

async function makeBarePath(): Promise<string> {
  const folder = join(scratch, "bin");
  await mkdir(folder);
  await symlink(process.execPath, join(folder, "node"));
  for (const name of ["npm", "npx", "sh", "bash"]) {
    const found = await findOnPath(name);
    if (found !== undefined) await symlink(found, join(folder, name));
  }
  return folder;
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lockstep-package-"));
  project = join(scratch, "project");
  await mkdir(project);
  const home = join(scratch, "home");
  await mkdir(home);
  env = { PATH: await makeBarePath(), HOME: home, npm_config_offline: "true", npm_config_update_notifier: "false" };
  // The build ran before: `npm test` builds, and so does `npm ci`.
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", scratch], { cwd: ROOT });
  const [{ filename }] = JSON.parse(packed.stdout);
  await run("npm", ["init", "-y"], { cwd: project, env });
  // Offline: whatever the package needed beside itself would have to be fetched, and fails here.
  await run("npm", ["install", join(scratch, filename)], { cwd: project, env });
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe("the package, in an empty project of someone without Python and compilers", () => {
  test("brings no other package along", async () => {
    expect((await readdir(join(project, "node_modules"))).filter((name) => !name.startsWith("."))).toEqual([
      "lockstep",
    ]);
  });

  test("holds what runs and its licences, and neither sources nor tests", async () => {
    const folder = join(project, "node_modules/lockstep");
    expect((await readdir(folder)).sort()).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "dist", "migrations", "package.json"].sort(),
    );
    expect(await readFile(join(folder, "dist/vendor/better-sqlite3/LICENSE"), "utf8")).toContain("MIT License");
    expect(await readFile(join(folder, "dist/THIRD-PARTY-LICENSES.txt"), "utf8")).toMatch(
      /^drizzle-orm .*Apache-2\.0/m,
    );
  });

  test("npx lockstep --version prints the version", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const { stdout } = await run("npx", ["lockstep", "--version"], { cwd: project, env });
    expect(stdout).toBe(`${version}\n`);
  });

  test("npx lockstep init && npx lockstep run hello works, and leaves its database in the project", async () => {
    const made = await run("npx", ["lockstep", "init"], { cwd: project, env });
    expect(made.stdout).toMatch(/^created workflows\/hello\.ts$/m);
    expect(made.stdout).toMatch(/\nNext: npx lockstep run hello\n$/);
    const ran = await run("npx", ["lockstep", "run", "hello", "--json"], { cwd: project, env });
    const greetings = ["Hello, Ada!", "Hello, Grace!", "Hello, Edsger!"];
    expect(JSON.parse(ran.stdout)).toMatchObject({ run: 1, status: "succeeded", result: { greetings, count: 3 } });
    expect(await readdir(join(project, ".lockstep"))).toContain("lockstep.db");
    const again = await run("npx", ["lockstep", "init"], { cwd: project, env });
    expect(again.stdout).toContain("kept    workflows/hello.ts (it was there)");
  });

  test("an old Node is told what to do, before anything is loaded that would crash on it", async () => {
    const preload = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })';
    const command = join(project, "node_modules/lockstep/dist/cli.js");
    const old = run(process.execPath, ["--import", `data:text/javascript,${preload}`, command, "runs"], { env });
    await expect(old).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^lockstep needs Node 22\.18 or newer; this is 20\.20\.2 \(.+\)\. .+\n$/),
    });
  });

  test("who stands in a folder that was deleted is told so", async () => {
    const command = join(project, "node_modules/lockstep/dist/cli.js");
    const script = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" "${command}" runs`;
    await expect(run("sh", ["-c", script], { cwd: project, env: process.env })).rejects.toMatchObject({
      code: 2,
      stderr: "The folder that this was called in is not there any more. Change into one that is.\n",
    });
  });
});
