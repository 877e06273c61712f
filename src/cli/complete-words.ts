import { Command } from "commander";
import { EXIT } from "../core/errors.ts";
import { sanitizeLine } from "../core/sanitize-text.ts";
import type { CommandContext, CommandModule } from "./command-context.ts";
import type { CommandEntry } from "./command-entry.ts";
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
  if (!/^\[?RUN/.test(entry.usage)) return [];
  const { listRunNumbers, listTaskNames } = await import("./complete-runs.ts");
  return await (isFirst || entry.usage.includes("…")
    ? listRunNumbers(context)
    : listTaskNames(context, words[0] ?? ""));
}

async function listOptions(context: CommandContext, load: () => Promise<CommandModule>): Promise<string[]> {
  const command = new Command();
  (await load()).configure(command, context, async () => {});
  return [...command.options.map((option) => option.long ?? ""), "--db", "--json", "--help"];
}

async function listNames(context: CommandContext): Promise<string[]> {
  return listWorkflowFiles(await findWorkflowsFolder(context)).map(toName);
}
