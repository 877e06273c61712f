/**
 * The process of the command line. The only place that ends it: by its exit code, once all that was written is out.
 */
import { text } from "node:stream/consumers";
import { EXIT } from "../core/errors.ts";
import { systemClock } from "../platform/clock.ts";
import type { CommandContext } from "./command-context.ts";
import { createInterrupts } from "./interrupts.ts";
import { runCli } from "./run-cli.ts";
import { createTerminalOutput } from "./terminal-output.ts";

const context: CommandContext = {
  output: createTerminalOutput(process.stdout, process.stderr, process.env),
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  readInput: () => text(process.stdin),
  ...(process.stdin.isTTY && process.stderr.isTTY ? { question: askLine } : {}),
  onInterrupt: createInterrupts(process, () => process.exit(EXIT.interrupted)),
};

/** Ctrl-C and Ctrl-D at a question are an empty answer, which decides nothing anywhere. Rejects once `signal` aborts. */
async function askLine(prompt: string, signal?: AbortSignal): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await (signal === undefined ? lines.question(prompt) : lines.question(prompt, { signal }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError" || signal?.aborted === true) throw error;
    process.stderr.write("\n");
    return "";
  } finally {
    lines.close();
  }
}

// A reader that has seen enough (`lockstep runs | head`) is no error, and neither is a terminal that was closed: what
// runs ends in its order, on SIGHUP. Who follows something is told to stop, as by SIGTERM; the exit code stays the
// command's own: 0 of an `ask` is an approval, which a reader that is gone must not become.
let isOutClosed = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (isOutClosed || error.code === "EIO") return;
  isOutClosed = true;
  if (error.code !== "EPIPE") {
    process.stderr.write(`Standard output cannot be written: ${error.message}\n`);
    process.exit(EXIT.failed);
  }
  process.emit("SIGTERM");
});
// Progress that cannot be written (2> on a full disk) must not cost the run, and there is nowhere else to say so.
process.stderr.on("error", () => {});

process.exitCode = await runCli(process.argv.slice(2), context);
// Who interrupted twice waits for nothing that still runs.
if (process.exitCode === EXIT.interrupted) process.exit();
