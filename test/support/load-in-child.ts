/** Loads the module that is named on the command line and prints what came of it as JSON. For tests of the loader. */

import { LockstepError } from "../../src/core/errors.ts";
import { chooseWorkflow, loadModule } from "../../src/definition/load-module.ts";
import { toProgram } from "../../src/definition/workflow-mark.ts";

const [file = "", exportName] = process.argv.slice(2);

try {
  const loaded = await loadModule(file, exportName);
  const { name, workflow } = chooseWorkflow(loaded, exportName);
  const { spec, tasks } = toProgram(workflow);
  const first = await tasks[0]?.body?.({} as never);
  const { workflows, codeHash, files } = loaded;
  print({ name, workflow: spec.name, exports: [...workflows.keys()], spec, first, codeHash, files });
} catch (error) {
  if (!(error instanceof LockstepError)) throw error;
  const { code, message, place, exitCode } = error;
  print({ error: { code, message, place, exitCode } });
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value));
}
