import { InvalidDefinitionError } from "../core/errors.ts";
import type { ConfigSource } from "../definition/config/config.ts";
import { parseYamlDocument } from "../definition/yaml/yaml-document.ts";
import type { ConfigFacts } from "./scan-config-facts.ts";

/** `db` and `group` of a config, by the YAML reader alone: the schema of all its keys is not needed for them. */
export function parseConfigFacts({ file, text }: ConfigSource): ConfigFacts {
  const document = parseYamlDocument(text, file);
  const { db, group } = (document.value ?? {}) as Readonly<Record<string, unknown>>;
  const refuse = (key: string): InvalidDefinitionError =>
    new InvalidDefinitionError(`${key}: expected text`, {
      code: "invalid_config",
      place: document.findValuePlace([key]),
    });
  if (db !== undefined && (typeof db !== "string" || db === "")) throw refuse("db");
  if (group !== undefined && typeof group !== "string" && typeof group !== "number") throw refuse("group");
  return { database: db, group: group === undefined ? undefined : String(group) };
}
