import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { findClosest } from "../core/did-you-mean.ts";
import { LockstepError } from "../core/errors.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import { parseYamlDocument } from "../definition/yaml/yaml-document.ts";
import type { CommandContext } from "./command-context.ts";
import { type FoundConfig, findConfig } from "./config-source.ts";
import type { Finding } from "./inspect-workflows.ts";

/** The config of this folder, or what is wrong with it. */
export async function inspectConfig({
  cwd,
}: CommandContext): Promise<{ readonly found: FoundConfig | undefined; readonly findings: readonly Finding[] }> {
  const { InvalidYamlError } = await import("../definition/yaml/problems.ts");
  try {
    return { found: await findConfig(cwd), findings: [] };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const problems = error instanceof InvalidYamlError ? error.problems : [error];
    return { found: undefined, findings: problems.map((problem) => toFinding(problem, error.code)) };
  }
}

function toFinding({ message, place }: Pick<LockstepError, "message" | "place">, code: string): Finding {
  const line = place?.line === undefined ? {} : { line: place.line };
  return { level: "error", code, message, ...(place && { file: place.file }), ...line };
}

/** Channels that a workflow names and the config lacks. */
export function findUnknownChannels(
  { cwd }: CommandContext,
  config: FoundConfig | undefined,
  spec: WorkflowSpec,
  file: string,
): Finding[] {
  const known = config?.config.notify ?? {};
  return Object.entries(spec.notify ?? {}).flatMap(([event, channel]): Finding[] => {
    if (Object.hasOwn(known, channel)) return [];
    const closest = findClosest(channel, Object.keys(known));
    const question = closest === undefined ? "" : ` Did you mean "${closest}"?`;
    const where = config === undefined ? "there is no lockstep.config.yaml" : "lockstep.config.yaml lacks it";
    return [
      {
        level: config === undefined ? "warn" : "error",
        code: "unknown_channel",
        message: `${spec.name}: notify.${event} names the channel "${channel}", and ${where}.${question}`,
        file,
        ...findLine(resolve(cwd, file), ["notify", event]),
      },
    ];
  });
}

/** Where it stands in a YAML file. */
function findLine(path: string, keys: readonly string[]): { readonly line?: number } {
  if (!/\.ya?ml$/.test(path)) return {};
  const { line } = parseYamlDocument(readFileSync(path, "utf8"), path).findValuePlace(keys);
  return line === undefined ? {} : { line };
}
