import { chmodSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeInManyWays } from "./secret-encodings.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

/** One of each source; the second has many lines, the third holds what encoders change. */
export const TOKEN = "ghp_correcthorsebatterystaple";
export const KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC/+\n-----END KEY-----";
export const PASSWORD = 'p"a\\ss/w+ord ?&=%é€';

const ENCODINGS = join(import.meta.dirname, "secret-encodings.ts");

/** Prints the secrets of its environment in all encodings, a few bytes at a time, and writes them into its output. */
const LEAK_SCRIPT = `
import { writeFileSync, writeSync } from "node:fs";
import { encodeInManyWays } from ${JSON.stringify(ENCODINGS)};
const secrets = [process.env.T, process.env.K, process.env.P];
const texts = secrets.flatMap((secret) => encodeInManyWays(secret).map(({ text }) => text));
const bytes = Buffer.from(texts.join(" ; ") + "\\n");
for (let at = 0; at < bytes.length; at += 7) {
  writeSync(1, bytes.subarray(at, at + 7));
  writeSync(2, bytes.subarray(at, at + 7));
}
writeFileSync(process.env.LOCKSTEP_OUTPUT, JSON.stringify({ texts, token: secrets[0], [secrets[0]]: 1 }));
if (process.argv.includes("fail")) { writeSync(2, secrets.join(" ")); process.exit(3); }
`;

/** What both workflows of a folder declare. */
export const SOURCES = {
  TOKEN: { env: "TOKEN" },
  KEY: { file: "key.pem" },
  PASSWORD: { command: ["cat", "password.txt"] },
} as const;

export function createSecretFolder(files: Readonly<Record<string, string>>): string {
  const folder = createTemporaryFolder();
  const all = { "leak.mjs": LEAK_SCRIPT, "key.pem": `${KEY}\n`, "password.txt": `${PASSWORD}\n`, ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  chmodSync(join(folder, "key.pem"), 0o600);
  return folder;
}

/** Each way in which a text gives a secret away. Texts with many lines give one away by one of these, too. */
export function findLeaks(text: string | Buffer): string[] {
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
  const secrets = [TOKEN, KEY, PASSWORD, ...KEY.split("\n").filter((line) => line.length >= 8)];
  const needles = secrets.flatMap((secret) => encodeInManyWays(secret));
  return needles.filter(({ needle }) => bytes.includes(needle)).map(({ how, needle }) => `${how}: ${needle}`);
}

/** Leaks in all files of the database's folder: the file, its log, and what tasks printed. */
export function findLeaksInState(folder: string): string[] {
  const files = globSync(".lockstep/**", { cwd: folder }).filter((file) => statSync(join(folder, file)).isFile());
  return files.flatMap((file) => findLeaks(readFileSync(join(folder, file))).map((leak) => `${file}: ${leak}`));
}
