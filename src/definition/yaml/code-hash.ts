import { createHash } from "node:crypto";

/** sha256 (hex) over the text of a YAML file and of its dotenv files, in order: it changes when what runs may change. */
export function hashYamlCode(text: string, dotenvTexts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths keep two files from reading as one.
  for (const each of [text, ...dotenvTexts]) hash.update(`${Buffer.byteLength(each)}\n`).update(each);
  return hash.digest("hex");
}
