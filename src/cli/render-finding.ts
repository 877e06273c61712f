import { sanitizeBlock, sanitizeLine } from "../core/sanitize-text.ts";
import type { Finding } from "./inspect-workflows.ts";

/** `error backup.yaml:9  unknown key "need" …` */
export function renderFinding({ level, message, file, line, fix }: Finding): string {
  const place = file === undefined ? "" : `${sanitizeLine(file)}${line === undefined ? "" : `:${line}`}  `;
  const shown = file !== undefined && message.startsWith(file) ? message : `${place}${message}`;
  return `${level.padEnd(5)} ${sanitizeBlock(shown)}${fix === undefined ? "" : ` ${sanitizeBlock(fix)}`}`;
}
