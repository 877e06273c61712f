/**
 * Finds secrets in what leaves a runner. Owns the forms of one set of secrets, as bytes; immutable.
 *
 * M1: of several forms that begin at the same place the longest is found, the leftmost place first.
 * M2: works on bytes: a character or a secret that two parts of a stream share is found, too.
 */
import { listSecretForms, SECRET_CHARS_MIN, type SecretForm } from "./secret-forms.ts";
import { SecretPairs } from "./secret-pairs.ts";
import { formatReference, OPENING, OPENING_ESCAPED } from "./secret-reference.ts";
import { skipBreak } from "./skip-break.ts";

interface Pattern {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly wraps: boolean;
  /** A line break is a part of it. */
  readonly hasLines: boolean;
  /** What people see. */
  readonly mark: Uint8Array;
  /** What is put back later. */
  readonly reference: Uint8Array;
}

interface Match {
  readonly pattern: Pattern;
  readonly end: number;
  /** The line breaks that stood inside. */
  readonly breaks: string;
}

/**
 * Whether secrets become marks for people, or references that `reveal` turns back. `lines`: references, and line breaks
 * stay where they are: of a secret with several lines each line is found by itself.
 */
type Mode = "mark" | "reference" | "lines";

const OPENING_FORM: SecretForm = { name: "", form: "", text: OPENING, wraps: false };
const NEWLINE = 0x0a;
const NOTHING = new Uint8Array(0);

export class SecretMasker {
  readonly #forms = new Map<string, string>();
  /** By their first byte, the longest first. */
  readonly #starts: (Pattern[] | undefined)[] = [];
  readonly #values: Readonly<Record<string, string>>;
  readonly #escape = toPattern(OPENING_FORM, OPENING_ESCAPED);
  readonly #pairs: SecretPairs;

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = values;
    const forms = Object.entries(values).flatMap(([name, value]) => listSecretForms(name, value));
    this.#pairs = new SecretPairs([...forms, OPENING_FORM]);
    const seen = new Set<string>();
    for (const form of forms) {
      this.#forms.set(`${form.name}~${form.form}`, form.text);
      if (seen.has(form.text)) continue;
      seen.add(form.text);
      const pattern = toPattern(form, formatReference(form.name, form.form));
      const first = pattern.bytes[0] as number;
      this.#starts[first] ??= [];
      this.#starts[first].push(pattern);
    }
    for (const patterns of this.#starts) patterns?.sort((a, b) => b.bytes.length - a.bytes.length); // M1
  }

  /** The text that a form of a secret stands for. */
  findForm(name: string, form: string): string | undefined {
    return this.#forms.get(`${name}~${form}`);
  }

  /** For people: logs, messages, errors. */
  readonly mask = (text: string): string => this.#replaceText(text, "mark");

  /** For values that are handed on: `reveal` puts the secrets back. */
  conceal(text: string): string {
    return this.#replaceText(text, "reference");
  }

  /** The same for the lines of a text, which keep their number: what is wrapped may stand in several of them. */
  concealLines(lines: readonly string[]): string[] {
    return this.#replaceText(lines.join("\n"), "lines").split("\n");
  }

  /**
   * The name of a secret that is in a text. A short one may be there by chance, as in a path: it counts where it is the
   * whole text, or the end of it after a space, `=` or `:`.
   */
  findIn(text: string): string | undefined {
    for (const [name, value] of Object.entries(this.#values)) {
      if (text.endsWith(value) && /(^|[\s=:])$/.test(text.slice(0, -value.length))) return name;
    }
    if (!this.#pairs.mayBeIn(text)) return undefined;
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 1) {
      const match = this.#matchAt(bytes, at, true, "mark");
      if (match !== undefined && match !== "open" && this.#isTelling(match.pattern)) return match.pattern.name;
    }
    return undefined;
  }

  createStream(): SecretStream {
    return new SecretStream((bytes, ended) => this.#replace(bytes, ended, "mark"));
  }

  #isTelling({ name }: Pattern): boolean {
    return !isShortSecret(this.#values[name] ?? "");
  }

  #replaceText(text: string, mode: Mode): string {
    if (!this.#pairs.mayBeIn(text)) return text;
    const bytes = Buffer.from(text);
    const { parts } = this.#replace(bytes, true, mode);
    return parts.length === 1 ? text : Buffer.concat(parts).toString("utf8");
  }

  /** `rest`: from there on it may be the begin of a secret; the end, where nothing more comes. */
  #replace(bytes: Uint8Array, ended: boolean, mode: Mode): Replaced {
    const parts: Uint8Array[] = [];
    let kept = 0;
    let at = 0;
    while (at < bytes.length) {
      const match = this.#matchAt(bytes, at, ended, mode) ?? this.#matchOpening(bytes, at, mode);
      if (match === "open") break;
      if (match === undefined) {
        at += 1;
        continue;
      }
      const { pattern, breaks } = match;
      parts.push(bytes.subarray(kept, at), mode === "mark" ? pattern.mark : pattern.reference, Buffer.from(breaks));
      at = match.end;
      kept = at;
    }
    parts.push(bytes.subarray(kept, at));
    return { parts, rest: bytes.subarray(at) };
  }

  #matchAt(bytes: Uint8Array, at: number, ended: boolean, mode: Mode): Match | "open" | undefined {
    const patterns = this.#starts[bytes[at] as number];
    if (patterns === undefined || !this.#pairs.mayBegin(bytes, at)) return undefined;
    for (const pattern of patterns) {
      if (mode === "lines" && pattern.hasLines) continue;
      const match = matchPattern(pattern, bytes, at);
      if (match === "open" ? !ended : match !== undefined) return match; // M1: an open one is longer than those after it
    }
    return undefined;
  }

  /** Text that looks like a reference and is none. */
  #matchOpening(bytes: Uint8Array, at: number, mode: Mode): Match | undefined {
    if (mode === "mark" || bytes[at] !== this.#escape.bytes[0]) return undefined;
    const match = matchPattern(this.#escape, bytes, at);
    return match === "open" ? undefined : match;
  }
}

interface Replaced {
  readonly parts: readonly Uint8Array[];
  readonly rest: Uint8Array;
}

/** Masks a stream part by part. Holds back only what may be the begin of a secret, never more than the longest form. */
export class SecretStream {
  readonly #replace: (bytes: Uint8Array, ended: boolean) => Replaced;
  #held: Uint8Array = NOTHING;

  constructor(replace: (bytes: Uint8Array, ended: boolean) => Replaced) {
    this.#replace = replace;
  }

  /** What may go on. */
  push(part: Uint8Array): Uint8Array {
    const bytes = this.#held.length === 0 ? part : Buffer.concat([this.#held, part]);
    const { parts, rest } = this.#replace(bytes, false);
    this.#held = rest.length === 0 ? NOTHING : Uint8Array.from(rest);
    return join(parts);
  }

  /** The rest, when nothing more comes. */
  flush(): Uint8Array {
    const { parts } = this.#replace(this.#held, true);
    this.#held = NOTHING;
    return join(parts);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

function toPattern({ name, text, wraps }: SecretForm, reference: string): Pattern {
  const [bytes, mark] = [Buffer.from(text), Buffer.from(formatReference(name, ""))];
  return { name, bytes, wraps, hasLines: bytes.includes(NEWLINE), mark, reference: Buffer.from(reference) };
}

/** `open`: the bytes end before it does. Between its characters there may be one line break each. */
function matchPattern(pattern: Pattern, bytes: Uint8Array, start: number): Match | "open" | undefined {
  const wanted = pattern.bytes;
  let at = start;
  let breaks = "";
  for (let place = 0; place < wanted.length; place += 1) {
    if (pattern.wraps && place > 0 && bytes[at] !== wanted[place]) {
      const end = skipBreak(bytes, at);
      breaks += Buffer.from(bytes.subarray(at, end)).toString("latin1");
      at = end;
    }
    if (at >= bytes.length) return "open";
    if (bytes[at] !== wanted[place]) return undefined;
    at += 1;
  }
  return { pattern, end: at, breaks };
}

/** People should know of a secret that is so short. */
export function isShortSecret(value: string): boolean {
  return value.length < SECRET_CHARS_MIN;
}
