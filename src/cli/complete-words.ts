import { Command } from "commander";
import { EXIT } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import type { CommandContext, CommandModule } from "./command-context.ts";
import type { CommandEntry } from "./command-entry.ts";
import { findConfig } from "./config-source.ts";
import { findWorkflowsFolder, listWorkflowFiles, toName } from "./find-workflow-file.ts";

/**
 * What shells ask while a person types: prints the words that may stand where the last one begins. Never fails; where
 * nothing is known, nothing is offered.
 */
export async function completeWords(
  context: CommandContext,
  commands: readonly CommandEntry[],
  words: readonly string[],
): Promise<number> {
  const [name, ...others] = words;
  const last = words.at(-1) ?? "";
  const entry = commands.find((each) => each.name === name);
  const isCommand = others.length === 0;
  const offered = isCommand ? commands.map((each) => each.name) : entry ? await listWords(context, entry, others) : [];
  const fitting = offered.filter((word) => word.startsWith(last));
  if (fitting.length > 0) context.output.writeOut(`${fitting.map(sanitizeLine).join("\n")}\n`);
  return EXIT.succeeded;
}

async function listWords(context: CommandContext, entry: CommandEntry, words: readonly string[]): Promise<string[]> {
  if (words.at(-1)?.startsWith("-")) return await listOptions(context, entry.load);
  const isFirst = words.filter((word) => !word.startsWith("-")).length <= 1;
  if (entry.usage.startsWith("FILE") || entry.usage.startsWith("[FILE")) return isFirst ? await listNames(context) : [];
  if (entry.name === "completion") return ["bash", "zsh", "fish"];
  if (entry.name === "notify") return isFirst ? ["test"] : await listChannels(context);
  if (entry.name === "schedules" && isFirst) return ["pause", "resume", "trigger"];
  return await listStored(context, entry.usage, words, isFirst);
}

/** What the database knows the names of. */
async function listStored(
  context: CommandContext,
  usage: string,
  words: readonly string[],
  isFirst: boolean,
): Promise<string[]> {
  const stored = await import("./complete-runs.ts");
  if (/\bNAME\b/.test(usage)) return isFirst || usage.includes("|") ? await stored.listSchedules(context) : [];
  if (/^\[?ID/.test(usage)) return isFirst ? await stored.listOpenCheckpoints(context) : [];
  if (!/^\[?RUN/.test(usage)) return [];
  return isFirst || usage.includes("…")
    ? await stored.listRunNumbers(context)
    : await stored.listTaskNames(context, words[0] ?? "");
}

async function listChannels({ cwd }: CommandContext): Promise<string[]> {
  const found = await findConfig(cwd).catch(() => undefined);
  return Object.keys(found?.config.notify ?? {});
}

async function listOptions(context: CommandContext, load: () => Promise<CommandModule>): Promise<string[]> {
  const command = new Command();
  (await load()).configure(command, context, async () => {});
  return [...command.options.map((option) => option.long ?? ""), "--db", "--json", "--help"];
}

async function listNames(context: CommandContext): Promise<string[]> {
  return listWorkflowFiles(await findWorkflowsFolder(context)).map(toName);
}
