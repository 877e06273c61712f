import type { Command } from "commander";
import { EXIT } from "../../core/errors.ts";
import { workflowJsonSchema } from "../../definition/yaml/workflow-json-schema.ts";
import type { CommandModule } from "../command-context.ts";

export const schemaCommand: CommandModule = {
  examples: ["lockstep schema > .lockstep/workflow.schema.json", "lockstep schema | head -20"],
  configure(command: Command, { output }, finish) {
    command.action(() => {
      output.writeOut(`${JSON.stringify(workflowJsonSchema(), null, 2)}\n`);
      return finish(Promise.resolve(EXIT.succeeded));
    });
  },
};
