import { createHash } from "node:crypto";

/** sha256 (hex) over the text of a YAML file and of what belongs to it, in order: it changes when what runs may change. */
export function hashYamlCode(text: string, others: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths keep two files from reading as one.
  for (const each of [text, ...others]) hash.update(`${Buffer.byteLength(each)}\n`).update(each);
  return hash.digest("hex");
}
