/** The sanitizer lies in core, since the terminal UI draws through it, too. */
export { sanitizeBlock, sanitizeJson, sanitizeLine } from "../core/sanitize-text.ts";
