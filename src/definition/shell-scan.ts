/**
 * Follows the quoting of a POSIX or bash script, to say whether a value may stand where the author put it. It does not
 * run or expand anything. Where it loses its way (an unbalanced `)` of a `case` inside `"$( … )"`), it refuses rather than lets pass.
 */

/** Stands for a value in the text that is scanned; no script holds it otherwise. */
export const PLACE = "\0";

export interface Refusal {
  /** Of the value in the text. */
  readonly at: number;
  readonly reason: string;
}

type FrameKind = "command" | "backtick" | "paren" | "double" | "single" | "ansi" | "parameter" | "arithmetic";

interface Frame {
  readonly kind: FrameKind;
  /** Where the current simple command begins. */
  start: number;
  /** Open parentheses of an arithmetic expression. */
  depth: number;
}

const IN_QUOTES = "drop the quotes: each value is already one argument";
const REASONS: Readonly<Partial<Record<FrameKind, string>>> = {
  double: IN_QUOTES,
  single: IN_QUOTES,
  ansi: IN_QUOTES,
  parameter: "a value may not stand inside ${…}: put it in a variable first (name=${value}) and expand that",
  arithmetic: "a value may not stand in arithmetic, which would run commands in it: compute it in TypeScript",
};
const IN_HERE_DOCUMENT = "a value may not stand in a here-document: hand the text over with stdin or files";
const AFTER_DOLLAR = "a value may not follow $ or a backslash";

/** The text of a simple command before a value that would be run as a script. */
const RUNS_ITS_ARGUMENT: readonly (readonly [RegExp, string])[] = [
  [
    /(?:^|[\s/])(?:ba|da|z|k|mk|a)?sh(?:\s+[-+]\S+)*\s+-[A-Za-z]*c\s+\S*$/,
    "after sh -c a value would be run as a script: write the script here, or pass the value behind it: sh -c 'echo \"$1\"' _ ${value}",
  ],
  [/(?:^|\s)su\s(?:.*\s)?(?:-c|--command)[\s=]\S*$/, "after su -c a value would be run as a script"],
  [/(?:^|\s)eval\s/, "eval would run a value as a script: write the command itself"],
  [/(?:^|\s)let\s/, "let would run commands in a value: compute it in TypeScript"],
  [/(?:^|\s)trap\s+\S*$/, "trap would run a value as a script: write the command itself"],
  [/[A-Za-z0-9_$]\[[^\]\s]*$/, "a value may not stand in [ ] of a list, which would run commands in it"],
];
const COMPUTED_TEST = /\s-(?:eq|ne|lt|le|gt|ge)\s/;

/** Finds the first value that may not stand where it does. */
export function findRefusal(text: string): Refusal | undefined {
  return new Scan(text).run();
}

class Scan {
  readonly #text: string;
  readonly #stack: Frame[] = [{ kind: "command", start: 0, depth: 0 }];
  #at = 0;
  /** Where the last escaped character ended. */
  #escapedEnd = -1;
  /** Here-documents whose text begins at the next line. */
  #pending: { readonly delimiter: string; readonly tabs: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): Refusal | undefined {
    while (this.#at < this.#text.length) {
      const refusal = this.#step();
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  get #frame(): Frame {
    return this.#stack.at(-1) as Frame;
  }

  #push(kind: FrameKind, length: number): undefined {
    this.#at += length;
    this.#stack.push({ kind, start: this.#at, depth: 0 });
  }

  #pop(length: number): undefined {
    this.#at += length;
    if (this.#stack.length > 1) this.#stack.pop();
  }

  #skipEscaped(): undefined {
    const length = this.#text[this.#at + 1] === PLACE ? 1 : 2;
    this.#skip(length);
    if (length === 2) this.#escapedEnd = this.#at;
  }

  #skip(length: number): undefined {
    this.#at += length;
  }

  #isNext(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #step(): Refusal | undefined {
    const { kind } = this.#frame;
    if (this.#isNext(PLACE)) return this.#meetValue();
    if (kind === "single") return this.#isNext("'") ? this.#pop(1) : this.#skip(1);
    if (this.#isNext("\\")) return this.#skipEscaped();
    if (kind === "ansi") return this.#isNext("'") ? this.#pop(1) : this.#skip(1);
    if (kind === "double" && this.#isNext('"')) return this.#pop(1);
    if (kind === "parameter" && this.#isNext("}")) return this.#pop(1);
    return this.#stepIntoExpansion() ? undefined : this.#stepByKind(kind);
  }

  /** What begins with $ or a backtick means the same in a command and in double quotes. */
  #stepIntoExpansion(): boolean {
    const before = this.#at;
    if (this.#isNext("$((")) this.#push("arithmetic", 3);
    else if (this.#isNext("$(")) this.#push("paren", 2);
    else if (this.#isNext("${")) this.#push("parameter", 2);
    else if (this.#isNext("`")) {
      if (this.#frame.kind === "backtick") this.#pop(1);
      else this.#push("backtick", 1);
    }
    return this.#at > before;
  }

  #stepByKind(kind: FrameKind): Refusal | undefined {
    if (kind === "double") return this.#skip(1);
    if (this.#isNext("$'") && kind !== "arithmetic") return this.#push("ansi", 2);
    if (this.#isNext("'")) return this.#push("single", 1);
    if (this.#isNext('"')) return this.#push("double", 1);
    if (kind === "parameter") return this.#skip(1);
    return kind === "arithmetic" ? this.#stepInArithmetic() : this.#stepInCommand();
  }

  #stepInArithmetic(): undefined {
    const frame = this.#frame;
    if (this.#isNext("))") && frame.depth === 0) return this.#pop(2);
    if (this.#isNext("(")) frame.depth++;
    if (this.#isNext(")")) frame.depth--;
    return this.#skip(1);
  }

  #stepInCommand(): Refusal | undefined {
    if (this.#isNext("((") && this.#isAtWordStart()) return this.#push("arithmetic", 2);
    if (this.#isNext("(")) return this.#push("paren", 1);
    if (this.#isNext(")") && this.#frame.kind === "paren") return this.#pop(1);
    if (this.#isNext("#") && this.#isAtWordStart()) return this.#skipComment();
    if (this.#isNext("<<<")) return this.#skip(3);
    if (this.#isNext("<<")) return this.#readHereDocument();
    const isLineEnd = this.#isNext("\n");
    if (isLineEnd || /[;&|()]/.test(this.#text[this.#at] ?? "")) this.#frame.start = this.#at + 1;
    this.#skip(1);
    return isLineEnd ? this.#skipHereDocuments() : undefined;
  }

  #isAtWordStart(): boolean {
    return this.#at === 0 || /[\s;&|(]/.test(this.#text[this.#at - 1] ?? "");
  }

  /** A value in a comment does no harm. */
  #skipComment(): undefined {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #readHereDocument(): undefined {
    const match = /^<<(-?)[ \t]*(\S+)/.exec(this.#text.slice(this.#at, this.#at + 200));
    if (match === null) return this.#skip(2);
    const delimiter = (match[2] ?? "").replace(/[;&|)].*$/, "").replaceAll(/["'\\]/g, "");
    this.#pending.push({ delimiter, tabs: match[1] === "-" });
    return this.#skip(match[0].length);
  }

  #skipHereDocuments(): Refusal | undefined {
    const begin = this.#at;
    for (const { delimiter, tabs } of this.#pending) {
      let line: string;
      do {
        const end = this.#text.indexOf("\n", this.#at);
        line = this.#text.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#text.length : end + 1;
      } while ((tabs ? line.replace(/^\t+/, "") : line) !== delimiter && this.#at < this.#text.length);
    }
    this.#pending = [];
    this.#frame.start = this.#at;
    const value = this.#text.slice(begin, this.#at).indexOf(PLACE);
    return value < 0 ? undefined : { at: begin + value, reason: IN_HERE_DOCUMENT };
  }

  #meetValue(): Refusal | undefined {
    const at = this.#at;
    const reason = REASONS[this.#frame.kind] ?? this.#findReasonInCommand();
    this.#skip(1);
    return reason === undefined ? undefined : { at, reason };
  }

  #findReasonInCommand(): string | undefined {
    if (/[$\\]/.test(this.#text[this.#at - 1] ?? "") && this.#escapedEnd !== this.#at) return AFTER_DOLLAR;
    const before = this.#text.slice(this.#frame.start, this.#at);
    const runs = RUNS_ITS_ARGUMENT.find(([pattern]) => pattern.test(before));
    if (runs !== undefined) return runs[1];
    const test = before.lastIndexOf("[[ ");
    if (test < 0 || before.includes("]]", test)) return undefined;
    const whole = this.#text.slice(this.#frame.start + test).split("]]")[0] ?? "";
    return COMPUTED_TEST.test(whole)
      ? "in [[ ]] bash computes both sides of -eq and its like: use [ ] for values"
      : undefined;
  }
}
