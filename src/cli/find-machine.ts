import type { MachineResources } from "../core/check-resources.ts";
import type { CommandContext } from "./command-context.ts";
import { type FoundConfig, findConfig } from "./config-source.ts";

/**
 * What the nearest config says that all runs share; undefined where there is none, or it says nothing of it.
 * @throws {InvalidYamlError} where the config has mistakes
 */
export async function findMachine({ cwd }: CommandContext): Promise<MachineResources | undefined> {
  return toMachine(await findConfig(cwd));
}

/** @param name of the file, in messages */
export function toMachine(found: FoundConfig | undefined, name = found?.path): MachineResources | undefined {
  const { resources, maxConcurrent } = found?.config ?? {};
  if (name === undefined || (resources === undefined && maxConcurrent === undefined)) return undefined;
  return { file: name, resources: resources ?? {}, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) };
}
