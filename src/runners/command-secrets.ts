import type { CommandPlan } from "../definition/program.ts";
import { getMasker, maskAll, maskAllJson } from "./given-secrets.ts";
import type { GivenSecrets } from "./runner.ts";

/** Its value is JSON: the secrets that a command was given, so that `lockstep ask` within it masks them. */
const VARIABLE = "LOCKSTEP_SECRETS";
/** Of that value: with the others it has to fit into the environment of a process. */
const CHARS_MAX = 32_768;

/** The variable, where secrets stand in what a command is given. It tells the command nothing that it does not have. */
export function nameGivenSecrets(
  { values }: GivenSecrets,
  { env = {}, stdin = "" }: CommandPlan,
): Record<string, string> {
  const texts = [...Object.values(env), stdin];
  const given = Object.entries(values).filter(([, value]) => texts.some((text) => text.includes(value)));
  const json = JSON.stringify(Object.fromEntries(given));
  return given.length === 0 || json.length > CHARS_MAX ? {} : { [VARIABLE]: json };
}

/** A question that is asked within a command goes into a row: without the secrets that the command was given. */
export function maskQuestion(
  env: NodeJS.ProcessEnv,
  message: string,
  showJson: string | null,
): { readonly message: string; readonly showJson: string | null } {
  const values = readGivenSecrets(env[VARIABLE]);
  if (Object.keys(values).length === 0) return { message, showJson };
  getMasker(values);
  return { message: maskAll(message), showJson: showJson === null ? null : maskAllJson(showJson) };
}

function readGivenSecrets(json: string | undefined): Readonly<Record<string, string>> {
  if (json === undefined) return {};
  try {
    const given: unknown = JSON.parse(json);
    if (typeof given !== "object" || given === null) return {};
    return Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === "string" && value !== ""));
  } catch {
    return {}; // not ours
  }
}
