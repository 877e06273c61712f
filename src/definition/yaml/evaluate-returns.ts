import { compileTemplate } from "./template.ts";

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
export function evaluateReturns(template: unknown, scope: Readonly<Record<string, unknown>>): unknown {
  return compileTemplate(template, [], CHECKED).evaluate(scope);
}
