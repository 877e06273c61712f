import type { Command } from "commander";
import { findClosest } from "../../core/did-you-mean.ts";
import { EXIT } from "../../core/errors.ts";
import type { CommandContext, CommandModule } from "../command-context.ts";
import { createUsageError } from "../read-options.ts";

/**
 * Each asks `lockstep complete -- WORDS…`, whose lines are the words that may stand where the last one begins. The names in
 * them are foreign: bash's `compgen -W` would run what a file is called (`$(…).yaml`), so each is quoted instead.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_lockstep() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("$(printf %q "$word")")
  done < <(lockstep complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _lockstep lockstep
`,
  zsh: `#compdef lockstep
_lockstep() {
  local -a found
  found=("\${(@f)$(lockstep complete -- "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  if (( \${#found} )) && [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _lockstep lockstep
`,
  fish: `complete -c lockstep -f -a '(lockstep complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c lockstep -n '__fish_seen_subcommand_from run plan validate' -F
`,
};

export const completionCommand: CommandModule = {
  examples: [
    'eval "$(lockstep completion bash)"',
    "lockstep completion fish > ~/.config/fish/completions/lockstep.fish",
  ],
  configure(command: Command, context, finish) {
    command
      .argument("<shell>", "bash, zsh or fish")
      .action((shell: string) => finish(executeCompletion(context, shell)));
  },
};

async function executeCompletion({ output }: CommandContext, shell: string): Promise<number> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const meant = findClosest(shell, Object.keys(SCRIPTS));
    const question = meant === undefined ? "" : ` Did you mean "${meant}"?`;
    throw createUsageError(`expected bash, zsh or fish, found "${shell}".${question}`);
  }
  output.writeOut(script);
  return EXIT.succeeded;
}
