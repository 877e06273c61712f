import { readFileSync } from "node:fs";
import { z } from "zod";
import { findClosest } from "../core/did-you-mean.ts";
import { InvalidDefinitionError } from "../core/errors.ts";
import { parseYamlDocument, type YamlDocument } from "../definition/yaml/yaml-document.ts";
import { findConfigFile } from "../platform/paths.ts";

const name = z.string().min(1);
const limit = z.int().min(1);

/** `lockstep.config.yaml`: the facts of the machine (command-line.md). */
const configSchema = z.strictObject({
  db: name.optional(),
  /** A folder, from the config's own. */
  workflows: name.optional(),
  maxConcurrent: limit.optional(),
  resources: z.record(name, z.record(name, z.union([z.string(), z.number()]))).optional(),
  notify: z.record(name, z.unknown()).optional(),
  retention: z.unknown().optional(),
  timezone: name.optional(),
  defaults: z.record(name, z.unknown()).optional(),
  env: z.record(name, z.string()).optional(),
  group: z.union([name, z.int().nonnegative()]).optional(),
});

export type Config = z.infer<typeof configSchema>;

/** The nearest config upward, or undefined where there is none. */
export function findConfig(cwd: string): { readonly file: string; readonly config: Config } | undefined {
  const file = findConfigFile(cwd);
  return file === undefined ? undefined : { file, config: readConfig(file) };
}

/** @throws {InvalidDefinitionError} with the line of what is wrong */
export function readConfig(file: string): Config {
  const document = parseYamlDocument(readFileSync(file, "utf8"), file);
  const checked = configSchema.safeParse(document.value ?? {});
  if (checked.success) return checked.data;
  throw toConfigError(document, checked.error.issues[0]);
}

export function readConfigDatabase(file: string): string | undefined {
  return readConfig(file).db;
}

export function readConfigGroup(cwd: string): string | undefined {
  const group = findConfig(cwd)?.config.group;
  return group === undefined ? undefined : String(group);
}

function toConfigError(document: YamlDocument, issue: z.core.$ZodIssue | undefined): InvalidDefinitionError {
  const path = (issue?.path ?? []).filter((step) => typeof step !== "symbol");
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const meant = findClosest(key, Object.keys(configSchema.shape));
    const question = meant === undefined ? "" : `. Did you mean "${meant}"?`;
    return new InvalidDefinitionError(`unknown key "${key}"${question}`, {
      place: document.findKeyPlace([...path, key]),
      code: "invalid_config",
    });
  }
  const where = path.length === 0 ? "" : `${path.join(".")}: `;
  return new InvalidDefinitionError(`${where}${issue?.message ?? "not a config"}`, {
    place: document.findValuePlace(path),
    code: "invalid_config",
  });
}
