/**
 * Looks up secrets for attempts, in the engine's process. Owns what it looked up and the commands that look.
 *
 * V1: values are in memory only, in a row never. Variables are read for each attempt; what a file says is kept for 5
 *     seconds, what a command prints for 60; what failed is tried again by the next attempt.
 * V2: files are read by a process of their own: to close a file in the process that has the database open can cost it the
 *     locks on that database.
 */
import type { Clock } from "../core/ports.ts";
import { isShortSecret } from "../core/secret-masker.ts";
import type { SecretSource } from "../core/workflow-spec.ts";
import { CommandProcess } from "./command-process.ts";
import { LogFile } from "./log-file.ts";
import type { Reaper } from "./reaper.ts";
import type { Assignment, GivenSecrets, MissingSecret } from "./runner.ts";
import { findFileMistake, findSecretFile, SECRET_BYTES_MAX } from "./secret-file.ts";

export type SecretSources = Readonly<Record<string, SecretSource>>;

/** A person may have to touch a key; a command that waits for longer waits for nobody. */
const COMMAND_MS_MAX = 30_000;
const KEPT_MS = { file: 5_000, command: 60_000 } as const;
const CAT = "/bin/cat";

type Found = { readonly value: string } | MissingSecret;
type Place = Pick<Assignment, "cwd" | "engineUid" | "run">;

export class SecretVault {
  readonly #clock: Clock;
  readonly #reaper: Reaper;
  readonly #kept = new Map<string, { readonly untilAt: number; readonly found: Promise<Found> }>();
  readonly #running = new Set<CommandProcess>();
  /** Workflow and secret: of whom people were told. */
  readonly #told = new Set<string>();
  #closed = false;

  constructor(clock: Clock, reaper: Reaper) {
    this.#clock = clock;
    this.#reaper = reaper;
  }

  /** Never rejects: what could not be had is in `missing`. */
  async resolve(sources: SecretSources, place: Place): Promise<GivenSecrets> {
    const values: Record<string, string> = {};
    const missing: Record<string, MissingSecret> = {};
    const notes: string[] = [];
    const names = this.#closed ? [] : Object.keys(sources);
    const all = await Promise.all(names.map((name) => this.#find(name, sources[name] as SecretSource, place)));
    for (const [at, name] of names.entries()) {
      const found = all[at] as Found;
      if (!("value" in found)) missing[name] = found;
      else {
        values[name] = found.value;
        if (isShortSecret(found.value)) notes.push(...this.#tellOnce(name, place.run.workflow));
      }
    }
    return { values, missing, notes };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const command of running) command.kill("SIGKILL");
    await Promise.allSettled(running.map((command) => command.ended));
  }

  #tellOnce(name: string, workflow: string): string[] {
    const key = `${workflow} ${name}`;
    if (this.#told.has(key)) return [];
    this.#told.add(key);
    return [describeShort(name)];
  }

  #find(name: string, source: SecretSource, place: Place): Promise<Found> | Found {
    if ("env" in source) return checkValue(name, source, process.env[source.env]);
    const key = JSON.stringify([name, source, place.cwd]);
    const now = this.#clock.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilAt > now) return kept.found;
    const found = "file" in source ? this.#readFile(name, source, place) : this.#runCommand(name, source, place);
    this.#kept.set(key, { untilAt: now + KEPT_MS["file" in source ? "file" : "command"], found });
    void found.then((end) => {
      if (!("value" in end)) this.#kept.delete(key); // V1
    });
    return found;
  }

  async #readFile(name: string, source: { readonly file: string }, place: Place): Promise<Found> {
    const path = findSecretFile(source.file, place.cwd);
    const mistake = findFileMistake(path);
    if (mistake !== undefined) return miss(name, source, mistake);
    const end = await this.#run([CAT, "--", path], place); // V2
    if (typeof end === "string") return miss(name, source, `${path} could not be read`);
    return checkValue(name, source, end.toString("utf8"));
  }

  async #runCommand(name: string, source: { readonly command: readonly string[] }, place: Place): Promise<Found> {
    const end = await this.#run(source.command, place);
    if (typeof end === "string") return { ...miss(name, source, `it ${end}`), code: "secret_failed" };
    return checkValue(name, source, end.toString("utf8"));
  }

  /** What a program printed, or how it failed. What it says of its failure stays unsaid: a part of the secret may be in it. */
  async #run(argv: readonly string[], place: Place): Promise<Buffer | string> {
    try {
      return await this.#collect(argv, place);
    } catch (error) {
      return `could not be started (${error instanceof Error && "code" in error ? String(error.code) : "unknown"})`;
    }
  }

  async #collect(argv: readonly string[], { cwd, engineUid }: Place): Promise<Buffer | string> {
    const parts: Buffer[] = [];
    let bytes = 0;
    let why: string | undefined;
    const end = (reason: string): void => {
      why ??= reason;
      command.kill("SIGKILL");
    };
    const onOutput = (part: Buffer): void => {
      bytes += part.length;
      if (bytes > SECRET_BYTES_MAX) end(`printed more than ${SECRET_BYTES_MAX / 1_024} KiB`);
      else parts.push(part);
    };
    const log = new LogFile(null, this.#clock);
    const env = createEnvironment(engineUid);
    const command = new CommandProcess({ argv, env, cwd, stdin: undefined, log, onOutput }, this.#reaper);
    this.#running.add(command);
    const cancel = this.#clock.schedule(COMMAND_MS_MAX, () => end(`did not end within ${COMMAND_MS_MAX / 1_000} s`));
    try {
      const { exitCode, signal } = await command.ended;
      if (why !== undefined) return why;
      if (exitCode === 0) return Buffer.concat(parts);
      if (exitCode === 127) return "was not found";
      return exitCode === null ? `was ended by ${signal}` : `exited with ${exitCode}`;
    } finally {
      cancel();
      this.#running.delete(command);
    }
  }
}

/** People should know what a short secret means. */
export function describeShort(name: string): string {
  return `the secret ${name} has less than 8 characters. It is masked, and so is ordinary text that happens to be the same. Choose a longer one.`;
}

/** Where a secret comes from, for messages. */
export function describeSource(source: SecretSource): string {
  if ("env" in source) return `the variable ${source.env}`;
  return "file" in source ? `the file ${source.file}` : `the command ${JSON.stringify(source.command)}`;
}

/** As it is used: what a file or a command says is without its last line break. */
function checkValue(name: string, source: SecretSource, text: string | undefined): Found {
  if (text === undefined) return miss(name, source, "it is not set where the engine runs");
  const value = "env" in source ? text : text.replace(/\r?\n$/, "");
  if (value === "") return miss(name, source, "it is empty");
  return value.includes("\uFFFD") && !("env" in source) ? miss(name, source, "it is not text in UTF-8") : { value };
}

function miss(name: string, source: SecretSource, why: string): MissingSecret {
  return {
    code: "secret_missing",
    message: `the secret ${name} is missing: expected it from ${describeSource(source)}, but ${why}.`,
  };
}

function createEnvironment(engineUid: string | undefined): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return engineUid === undefined ? env : { ...env, LOCKSTEP_ENGINE: engineUid };
}
