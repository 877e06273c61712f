import fc from "fast-check";
import { expect, test } from "vitest";
import { sanitizeBlock, sanitizeJson, sanitizeLine } from "../../src/core/sanitize-text.ts";

const HOSTILE: readonly (readonly [what: string, text: string, shown: string])[] = [
  ["colors", "\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
  ["the clipboard (OSC 52)", "\u001b]52;c;aGk=\u0007", "\\x1b]52;c;aGk=\\x07"],
  ["a link (OSC 8)", "\u001b]8;;http://evil\u001b\\x", "\\x1b]8;;http://evil\\x1b\\x"],
  ["one-byte CSI (C1)", "\u009b2J", "\\x9b2J"],
  ["a carriage return that overwrites", "rm -rf /\rls", "rm -rf /\\rls"],
  ["a backspace and a bell", "a\b\u0007", "a\\x08\\x07"],
  ["reversed text (bidi)", "evil\u202egnp.exe\u2066", "evil\\u202egnp.exe\\u2066"],
  ["zero-width signs", "app\u200broved\ufeff\u2060", "app\\u200broved\\ufeff\\u2060"],
  ["invisible tags", "ok\u{e0041}\u{e007f}", "ok\\u{e0041}\\u{e007f}"],
  ["a soft hyphen and a filler", "a\u00adb\u3164", "a\\u00adb\\u3164".replace("\\u00ad", "\\xad")],
  ["line separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ["a lone surrogate", "a\ud800b", "a\\ud800b"],
  ["NUL and DEL", "a\u0000b\u007f", "a\\x00b\\x7f"],
];

test.each(HOSTILE)("%s appears as escapes", (_what, text, shown) => {
  expect(sanitizeLine(text)).toBe(shown);
  expect(sanitizeBlock(text)).toBe(shown);
});

test("ordinary text of any language stays as it is", () => {
  for (const text of ["naïve café", "日本語", "Ελληνικά", "עברית", "emoji 🎉", "back\\slash 100 % $HOME"]) {
    expect(sanitizeLine(text)).toBe(text);
  }
});

test("in one line, line ends and tabs are escapes; in a block they stay", () => {
  expect(sanitizeLine("a\nb\tc\r\n")).toBe("a\\nb\\tc\\r\\n");
  expect(sanitizeBlock("a\nb\tc\r\nd")).toBe("a\nb\tc\nd");
});

test("sanitized JSON is the same value and holds nothing that a terminal obeys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
      const json = JSON.stringify({ value, text });
      const safe = sanitizeJson(json);
      expect(JSON.parse(safe)).toEqual(JSON.parse(json));
      expect(safe).toBe(sanitizeLine(safe));
    }),
  );
});

test("whatever the text is, nothing that a terminal obeys is left", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(sanitizeLine(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(sanitizeBlock(text).replaceAll(/[\n\t]/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }),
  );
});
