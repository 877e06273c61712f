import { compileTemplate } from "../definition/yaml/template.ts";
import type { EvaluateReturns } from "../views/run-result.ts";

/** What the template reads was checked when its file was loaded; here nothing is left to report. */
const CHECKED = {
  rules: {
    inputs: new Set<string>(),
    needs: undefined,
    tasks: new Set<string>(),
    item: false,
    env: new Map<string, boolean>(),
    secrets: new Set<string>(),
    secretsAllowed: false,
  },
  report: () => {},
};

/** Works out the `returns` of a YAML workflow over the outputs of its tasks. */
export const evaluateReturns: EvaluateReturns = (template, scope) =>
  compileTemplate(template, [], CHECKED).evaluate(scope);
