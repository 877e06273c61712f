/** One try to tell a channel. Resolves when it was taken, rejects with why not; the reason holds no secret. */
import { spawn } from "node:child_process";
import type { NotifyChannel, TextOrVariable } from "../definition/config/config.ts";
import type { NoticeMessage } from "./notice-message.ts";

export interface DeliverySite {
  /** Of the daemon: what `{ env: NAME }` is looked up in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where commands run: the config's folder. */
  readonly cwd: string;
  /** Marks what a command starts, so that a later engine finds it after a crash. */
  readonly engineUid?: string;
}

export type Deliver = (
  name: string,
  channel: NotifyChannel,
  message: NoticeMessage,
  signal: AbortSignal,
) => Promise<void>;

export function createDeliver(site: DeliverySite): Deliver {
  // Async, so that what a start throws at once is a failed try like any other.
  return async (name, channel, message, signal) => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(channel.timeoutMs)]);
    if (channel.kind === "command") await runCommand(site, name, channel, message, limited);
    else await post(site, channel, message, limited);
  };
}

/** Of the daemon's variables a command gets these. */
const HANDED_ON = ["PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"];
const LAST_WORDS_CHARS = 200;

type Command = Extract<NotifyChannel, { kind: "command" }>;

function runCommand(
  site: DeliverySite,
  name: string,
  { command }: Command,
  message: NoticeMessage,
  signal: AbortSignal,
): Promise<void> {
  const [program = "", ...args] =
    typeof command === "string" ? ["bash", "--norc", "-euo", "pipefail", "-c", command] : command;
  const child = spawn(program, args, {
    cwd: site.cwd,
    env: listVariables(site, name, message),
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-LAST_WORDS_CHARS);
  });
  child.stdin.on("error", () => {}); // a command need not read what it is given
  child.stdin.end(`${JSON.stringify(message)}\n`);
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`cannot start ${program}: ${error.message}`)));
    child.once("exit", (code, ended) => {
      signal.removeEventListener("abort", kill);
      kill(); // what it has left behind
      for (const stream of child.stdio) stream?.destroy();
      if (code === 0) return resolve();
      const words = said.trim() === "" ? "" : `: ${said.trim().split("\n").at(-1)}`;
      reject(new Error(signal.aborted ? describeAbort(signal) : `exit ${code ?? ended}${words}`));
    });
  });
}

function listVariables(site: DeliverySite, channel: string, message: NoticeMessage): Record<string, string> {
  const handedOn = HANDED_ON.flatMap((name) => {
    const value = site.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const told = Object.entries({ ...message, failed: message.failed.join(" "), channel }).map(
    ([key, value]) => [`LOCKSTEP_NOTIFY_${key.toUpperCase()}`, value === null ? "" : String(value)] as const,
  );
  const mark = site.engineUid === undefined ? {} : { LOCKSTEP_ENGINE: site.engineUid };
  return { ...Object.fromEntries([...handedOn, ...told]), ...mark };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is empty: all of it is dead already.
  }
}

type Webhook = Extract<NotifyChannel, { kind: "webhook" }>;

async function post(site: DeliverySite, channel: Webhook, message: NoticeMessage, signal: AbortSignal): Promise<void> {
  const headers = Object.entries(channel.headers).map(([key, value]) => [key, readText(site, value)] as const);
  const response = await call(readText(site, channel.url), {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "lockstep", ...Object.fromEntries(headers) },
    body: JSON.stringify(message),
    redirect: "manual", // the message and its headers go where the config says, and nowhere else
    signal,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
}

/** The address may be a secret: it is in no message. */
export async function call(url: string, options: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (options.signal.aborted) throw new Error(describeAbort(options.signal));
    const { cause } = error as Error;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no connection";
    throw new Error(`the server cannot be reached (${code})`);
  }
}

function describeAbort(signal: AbortSignal): string {
  const { reason } = signal;
  return reason instanceof Error && reason.name === "TimeoutError" ? "it took too long" : "the daemon stopped";
}

/** @throws where the variable is not set */
export function readText({ env }: Pick<DeliverySite, "env">, text: TextOrVariable): string {
  if (typeof text === "string") return text;
  const value = env[text.env];
  if (value === undefined || value === "") throw new Error(`the variable ${text.env} is not set where lockstep runs`);
  return value;
}
