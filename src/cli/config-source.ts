import { readFileSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { InvalidDefinitionError } from "../core/errors.ts";
import { describeOpenToOthers, findOpenToOthers } from "../daemon/open-to-others.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import type { ReadConfig } from "../definition/config/read-config.ts";
import { findConfigFile } from "../platform/paths.ts";

/** A config that was found and read. */
export interface FoundConfig extends ReadConfig {
  /** Absolute: paths inside are relative to its folder. */
  readonly path: string;
}

/** The text of the nearest config upward, named as people in `cwd` name it. Undefined where there is none. */
export function readConfigSource(cwd: string): ConfigSource | undefined {
  const path = findConfigFile(cwd);
  if (path === undefined) return undefined;
  const fromHere = relative(cwd, path);
  const file = fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
  return { file, text: readConfigText(path, file) };
}

/**
 * The nearest config upward; undefined where there is none. Reading YAML costs every start, so it is loaded where there
 * is one.
 * @throws {InvalidYamlError} with the place of what is wrong, and a list of all
 */
export async function findConfig(cwd: string): Promise<FoundConfig | undefined> {
  const path = findConfigFile(cwd);
  const source = readConfigSource(cwd);
  if (path === undefined || source === undefined) return undefined;
  const { readConfig } = await import("../definition/config/read-config.ts");
  return { path, ...readConfig(source) };
}

/**
 * What is in a config, or in a workflow, runs as who reads it: none is taken that others than its owner, root and its group
 * may write.
 * @throws {InvalidDefinitionError}
 */
export function refuseWritableConfig(path: string): void {
  const open = findOpenToOthers(path);
  if (open === undefined) return;
  throw new InvalidDefinitionError(describeOpenToOthers(path, open), { code: "config_writable" });
}

function readConfigText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new InvalidDefinitionError(`${shown}: cannot be read${code}. It is the configuration of this folder`, {
      code: "invalid_config",
      cause,
    });
  }
}
