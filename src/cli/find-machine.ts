import type { MachineResources } from "../core/check-resources.ts";
import type { CommandContext } from "./command-context.ts";
import { type FoundConfig, findConfig, readConfigSource } from "./config-source.ts";

/** Reading YAML costs a start 50 ms: a config without one of these words has nothing to say here. */
const WORDS = /resources|maxConcurrent/;

const FOUND = new WeakMap<CommandContext, Promise<MachineResources | undefined>>();

/**
 * What the nearest config says that all runs share; undefined where there is none, or it says nothing of it. Read once.
 * @throws {InvalidYamlError} where the config has mistakes
 */
export function findMachine(context: CommandContext): Promise<MachineResources | undefined> {
  const known = FOUND.get(context);
  if (known !== undefined) return known;
  const found = readMachine(context.cwd);
  FOUND.set(context, found);
  return found;
}

async function readMachine(cwd: string): Promise<MachineResources | undefined> {
  return WORDS.test(readConfigSource(cwd)?.text ?? "") ? toMachine(await findConfig(cwd)) : undefined;
}

/** @param name of the file, in messages */
export function toMachine(found: FoundConfig | undefined, name = found?.path): MachineResources | undefined {
  const { resources, maxConcurrent } = found?.config ?? {};
  if (name === undefined || (resources === undefined && maxConcurrent === undefined)) return undefined;
  return { file: name, resources: resources ?? {}, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) };
}
