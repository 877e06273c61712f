/** The folder of one command: what it is given as files, and what it writes back. Only its owner reads it. */
import { chmod, mkdir, mkdtemp, open, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OUTPUT_BYTES_MAX } from "../core/limits.ts";
import type { CommandPlan } from "../definition/program.ts";
import { refuse } from "./command-line.ts";
import { nameGivenSecrets } from "./command-secrets.ts";
import type { Assignment } from "./runner.ts";

export interface CommandFiles {
  readonly folder: string;
  readonly output: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a command gets of the engine's environment. */
const INHERITED = ["PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"];

export async function writeCommandFiles(assignment: Assignment, plan: CommandPlan): Promise<CommandFiles> {
  const folder = await mkdtemp(join(tmpdir(), nameFolders(assignment.engineUid ?? "")));
  try {
    return await fillFolder(folder, assignment, plan);
  } catch (error) {
    await removeCommandFiles(folder);
    throw error;
  }
}

/**
 * A command may leave folders that nobody may write into, as caches of packages are: they are opened first. What cannot be
 * removed even so changes nothing of how its attempt has ended.
 */
export async function removeCommandFiles(folder: string): Promise<void> {
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await remove()
    .catch(() => openFolders(folder).then(remove))
    .catch(() => {});
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name));
  }
}

/** Those that a dead engine has left: its commands are gone, what they were given (secrets, too) may not stay. */
export async function removeFilesOfEngine(engineUid: string): Promise<void> {
  const start = nameFolders(engineUid);
  const names = await readdir(tmpdir()).catch(() => []);
  const left = names.filter((name) => name.startsWith(start)).map((name) => join(tmpdir(), name));
  await Promise.all(left.map(removeCommandFiles));
}

function nameFolders(engineUid: string): string {
  return `lockstep-${engineUid}-`;
}

/** The whole environment of a command. */
export function createEnvironment(
  assignment: Assignment,
  plan: CommandPlan,
  files: CommandFiles,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of [...INHERITED, ...(plan.inheritEnv ?? [])]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    ...plan.env,
    ...(assignment.secrets && nameGivenSecrets(assignment.secrets, plan)),
    ...files.env,
    LOCKSTEP_RUN: assignment.run.id,
    LOCKSTEP_TASK: assignment.spec.id,
    LOCKSTEP_INDEX: assignment.index === null ? "" : String(assignment.index),
    LOCKSTEP_ATTEMPT: assignment.attemptId,
    ...(assignment.engineUid === undefined ? {} : { LOCKSTEP_ENGINE: assignment.engineUid }),
    ...(assignment.databasePath === undefined ? {} : { LOCKSTEP_DB: assignment.databasePath }),
    LOCKSTEP_KEY: assignment.idempotencyKey,
    LOCKSTEP_SLOT: assignment.scheduledAt,
    LOCKSTEP_FEEDBACK: assignment.feedback ?? "",
  };
}

/** What the command wrote to $LOCKSTEP_OUTPUT; undefined where that is more than an output may have. */
export async function readCommandOutput(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const buffer = Buffer.alloc(OUTPUT_BYTES_MAX + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length > OUTPUT_BYTES_MAX ? undefined : buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}

async function fillFolder(folder: string, assignment: Assignment, plan: CommandPlan): Promise<CommandFiles> {
  const paths = {
    LOCKSTEP_INPUT: join(folder, "input.json"),
    LOCKSTEP_NEEDS: join(folder, "needs.json"),
    LOCKSTEP_ITEM: join(folder, "item.json"),
    LOCKSTEP_OUTPUT: join(folder, "output"),
    LOCKSTEP_FILES: join(folder, "files"),
  };
  await mkdir(paths.LOCKSTEP_FILES, { mode: 0o700 });
  await writeOwn(paths.LOCKSTEP_INPUT, assignment.inputJson);
  await writeOwn(paths.LOCKSTEP_NEEDS, joinNeeds(assignment.needsJson));
  await writeOwn(paths.LOCKSTEP_ITEM, assignment.itemJson ?? "null");
  await writeOwn(paths.LOCKSTEP_OUTPUT, "");
  for (const [name, value] of Object.entries(plan.files ?? {})) {
    if (name === "." || name === ".." || !/^[^/\0]{1,255}$/.test(name)) {
      throw refuse(assignment.spec.id, `has a file that cannot be named ${JSON.stringify(name)}.`);
    }
    await writeOwn(join(paths.LOCKSTEP_FILES, name), value);
  }
  return { folder, output: paths.LOCKSTEP_OUTPUT, env: paths };
}

async function writeOwn(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
}

/** Without parsing: the texts are what was recorded. */
function joinNeeds(needs: Assignment["needsJson"]): string {
  return `{${Object.entries(needs)
    .map(([name, json]) => `${JSON.stringify(name)}:${json ?? "null"}`)
    .join(",")}}`;
}
