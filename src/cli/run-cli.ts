import { Command, CommanderError } from "commander";
import { findClosest } from "../core/did-you-mean.ts";
import { EXIT, InvalidDefinitionError } from "../core/errors.ts";
import type { CommandContext } from "./command-context.ts";
import { COMMANDS } from "./command-table.ts";
import { renderErrorJson, renderErrorText, toExitCode } from "./render-error.ts";

/**
 * The command line, from arguments to exit code. Never throws and never ends the process. Of the commands only the one
 * that is called is loaded.
 */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  const isJson = argv.includes("--json");
  try {
    return await dispatch(normalizeHelp(argv), context);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT.succeeded;
    const error =
      thrown instanceof CommanderError
        ? toUsageError(
            thrown,
            argv.find((word) => COMMANDS.some(({ name }) => name === word)),
          )
        : thrown;
    if (isJson) context.output.writeOut(`${renderErrorJson(error)}\n`);
    else context.output.writeError(`${renderErrorText(error, Boolean(context.env.LOCKSTEP_DEBUG))}\n`);
    return toExitCode(error);
  }
}

async function dispatch(argv: readonly string[], context: CommandContext): Promise<number> {
  if (argv[0] === "complete") {
    const { completeWords } = await import("./complete-words.ts");
    return await completeWords(context, COMMANDS, argv.slice(argv[1] === "--" ? 2 : 1));
  }
  let exitCode: number = EXIT.succeeded;
  const program = createProgram(context);
  refuseUnknownCommand(argv);
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    // `cancel 1 2` must not leave 2 running without a word.
    addSilently(command.helpGroup(`${entry.group}:`).allowExcessArguments(false), context);
  }
  program.hook("preSubcommand", async (_program, command) => {
    const entry = COMMANDS.find((each) => each.name === command.name());
    if (entry === undefined) return;
    const { configure, examples } = await entry.load();
    configure(command, context, async (ended) => {
      exitCode = await ended;
    });
    command.option("--db <path>", "The database file").option("--json", "Print one JSON document");
    const { db } = program.opts();
    if (db !== undefined) command.setOptionValue("db", db);
    command.addHelpText("after", `\nExamples:\n  $ ${examples[0]}\n  $ ${examples[1]}`);
  });
  await program.parseAsync(argv, { from: "user" });
  return exitCode;
}

function createProgram(context: CommandContext): Command {
  const program = new Command("lockstep")
    .description("A durable workflow engine for one machine.")
    .usage("[--db PATH] COMMAND [OPTIONS]")
    .helpCommand(false)
    .option("--db <path>", "The database file")
    .addHelpText("after", "\nExamples:\n  $ lockstep run hello.ts\n  $ lockstep runs --status failed")
    .action(async () => {
      const { showOverview } = await import("./show-overview.ts");
      await showOverview(context, program.opts());
    })
    .enablePositionalOptions()
    .allowExcessArguments();
  program.configureHelp({ showGlobalOptions: false, subcommandTerm: renderTerm });
  addSilently(program, context);
  return program;
}

/** A command as the list of commands shows it: `logs RUN [TASK]`. */
function renderTerm(command: Command): string {
  const usage = COMMANDS.find((entry) => entry.name === command.name())?.usage ?? "";
  return `${command.name()} ${usage}`.trimEnd();
}

/** Commander's own words go where ours go, and it never ends the process. */
function addSilently(command: Command, { output }: CommandContext): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => output.writeOut(text),
      writeErr: (text) => output.writeOut(text),
      outputError: () => {},
      getOutHelpWidth: () => output.width,
      getErrHelpWidth: () => output.width,
      getOutHasColors: () => output.color,
    });
}

/** `help`, `help show` and `show --help` are one. */
function normalizeHelp(argv: readonly string[]): string[] {
  if (argv[0] !== "help") return [...argv];
  return argv[1] === undefined ? ["--help"] : [...argv.slice(1), "--help"];
}

/** Before the options are read: those of a command that is spelled wrong would be called unknown instead. */
function refuseUnknownCommand(argv: readonly string[]): void {
  const word = argv.find((each, at) => !each.startsWith("-") && argv[at - 1] !== "--db");
  if (word !== undefined && !COMMANDS.some(({ name }) => name === word)) throw createUnknownCommandError(word);
}

function createUnknownCommandError(word: string): InvalidDefinitionError {
  const meant = findClosest(
    word,
    COMMANDS.map((entry) => entry.name),
  );
  const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  return new InvalidDefinitionError(`No command "${word}".${question} (all of them: lockstep --help)`, {
    code: "unknown_command",
  });
}

/** Of Commander: too few and too many. */
const ARGUMENT_CODES = new Set(["commander.missingArgument", "commander.excessArguments"]);

/** Commander's `error: unknown option '--jsno'\n(Did you mean --json?)` in our words. */
function toUsageError({ message, code }: CommanderError, command: string | undefined): InvalidDefinitionError {
  const [first = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const question = suggestion === undefined ? "" : `. ${suggestion.replace(/^\(|\)$/g, "")}`;
  const said = first.replace(/\.$/, "");
  const hint = ARGUMENT_CODES.has(code) ? `. How it is called: lockstep ${command ?? ""} --help` : "";
  return new InvalidDefinitionError(`${said}${question}${hint}`, { code: "wrong_use" });
}
