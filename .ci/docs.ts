/**
 * Writes what is generated from the schema of YAML files: the schema beside the examples, for editors, and the reference
 * of the docs. `npm run docs`; a test says when they are not current.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { renderYamlReference } from "../src/definition/yaml/render-reference.ts";
import { workflowJsonSchema } from "../src/definition/yaml/workflow-json-schema.ts";

const ROOT = join(import.meta.dirname, "..");

const FILES = {
  "examples/workflow.schema.json": () => `${JSON.stringify(workflowJsonSchema(), null, 2)}\n`,
  "docs/yaml-reference.md": renderYamlReference,
};

for (const [name, render] of Object.entries(FILES)) {
  const path = join(ROOT, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, render());
  console.log(`wrote ${name}`);
}
