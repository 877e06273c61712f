/**
 * Writes what is generated: from the schema of YAML files the schema beside the examples, for editors, and its reference; from
 * the commands theirs. `npm run docs`; a test says when they are not current.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderYamlReference } from "../src/definition/yaml/render-reference.ts";
import { workflowJsonSchema } from "../src/definition/yaml/workflow-json-schema.ts";
import { renderCommandReference } from "./command-reference.ts";

const ROOT = join(import.meta.dirname, "..");

const FILES = {
  "examples/workflow.schema.json": () => `${JSON.stringify(workflowJsonSchema(), null, 2)}\n`,
  "docs/yaml-reference.md": renderYamlReference,
  "docs/commands.md": renderCommandReference,
};

for (const [name, render] of Object.entries(FILES)) {
  const path = join(ROOT, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await render());
  console.log(`wrote ${name}`);
}
