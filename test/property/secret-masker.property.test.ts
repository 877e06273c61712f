import fc from "fast-check";
import { expect, test } from "vitest";
import { SecretMasker } from "../../src/core/secret-masker.ts";
import { concealJson, revealJson } from "../../src/core/secret-reference.ts";
import { encodeInManyWays } from "../support/secret-encodings.ts";

const SECRETS = [
  "correct-horse",
  'p"a\\ss/w+ord ?&=é€😀',
  "x'y'z&<tag> 100%!*()~",
  "-----BEGIN KEY-----\nMIIEvQIBADANBgkq/hkiG9w0+AQEF\nAASCBKcwggSjAgEA\n-----END KEY-----",
  "A".repeat(12),
  "abababababab",
];

/** What a stream makes of a text that comes in these parts. */
function stream(masker: SecretMasker, parts: readonly Uint8Array[]): string {
  const masks = masker.createStream();
  const out = parts.map((part) => Buffer.from(masks.push(part)));
  return Buffer.concat([...out, masks.flush()]).toString("utf8");
}

test("a secret in any of its encodings, cut at any byte, does not leave a stream", () => {
  for (const secret of SECRETS) {
    const masker = new SecretMasker({ TOKEN: secret });
    for (const { how, text, needle } of encodeInManyWays(secret)) {
      const bytes = Buffer.from(`before ${text} after\n`);
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const masked = stream(masker, [bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(masked.includes(needle), `${how} of ${secret} cut at ${cut}: ${masked}`).toBe(false);
        expect(masked, how).toMatch(/^before .*«secret:TOKEN».* after\n$/s);
      }
      const single = [...bytes].map((byte) => Uint8Array.of(byte));
      expect(stream(masker, single), how).toBe(stream(masker, [bytes]));
    }
  }
});

test("random secrets in random texts, cut at random places, do not leave a stream", () => {
  const secret = fc.oneof(
    fc.string({ minLength: 8, maxLength: 60 }),
    fc.string({ unit: "binary", minLength: 8, maxLength: 30 }),
    fc.string({ unit: fc.constantFrom("a", "b", "\n", "=", "+", "/", "%", "'"), minLength: 8, maxLength: 30 }),
  );
  fc.assert(
    fc.property(
      secret,
      fc.string(),
      fc.string(),
      fc.array(fc.nat(200), { maxLength: 6 }),
      (token, before, after, cuts) => {
        fc.pre(token.trim().length >= 8);
        const masker = new SecretMasker({ TOKEN: token });
        for (const { how, text, needle } of encodeInManyWays(token)) {
          fc.pre(!before.includes(needle) && !after.includes(needle));
          const bytes = Buffer.from(`${before}${text}${after}`);
          const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          const parts = places.slice(1).map((place, at) => bytes.subarray(places[at], place));
          const masked = stream(masker, parts);
          expect(masked.includes(needle), `${how}: ${masked}`).toBe(false);
          expect(masker.mask(bytes.toString()), how).toBe(masked);
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("base64 that is broken into lines of 76 or 64 is found, and its lines stay lines", () => {
  const secret = `${"long-token-".repeat(20)}end`;
  const masker = new SecretMasker({ TOKEN: secret });
  for (const [width, newline] of [
    [76, "\n"],
    [64, "\r\n"],
    [60, "\n"],
  ] as const) {
    for (const encoding of ["base64", "hex"] as const) {
      const text =
        Buffer.from(`u:${secret}\n`)
          .toString(encoding)
          .match(new RegExp(`.{1,${width}}`, "g"))
          ?.join(newline) ?? "";
      const masked = stream(
        masker,
        [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)),
      );
      expect(masked).toContain("«secret:TOKEN»");
      expect(masked.length).toBeLessThan(60);
      expect(masked.split("\n").length).toBe(text.split("\n").length);
    }
  }
});

test("base64 in lines is found inside JSON, JSON in JSON and indented", () => {
  const secret = `${"long-token-".repeat(20)}end`;
  const masker = new SecretMasker({ TOKEN: secret });
  const lines =
    Buffer.from(`u:${secret}\n`)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  const json = JSON.stringify({ a: lines.join("\r\n") });
  for (const text of [json, JSON.stringify([json]), lines.map((line) => `    ${line}`).join("\n")]) {
    const masked = stream(
      masker,
      [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)),
    );
    for (const line of lines) expect(masked).not.toContain(line.slice(8));
    expect(masked).toContain("«secret:TOKEN»");
  }
});

test("text without a secret passes a stream as it is, whatever its parts", () => {
  const masker = new SecretMasker({ A: "correct-horse", B: SECRETS[1] as string });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (parts) => {
      const masks = masker.createStream();
      const out = Buffer.concat([...parts.map((part) => Buffer.from(masks.push(part))), masks.flush()]);
      expect(out.equals(Buffer.concat(parts))).toBe(true);
    }),
  );
});

test("a stream holds back only what may be the begin of a secret", () => {
  const masks = new SecretMasker({ TOKEN: "correct-horse" }).createStream();
  const push = (text: string) => Buffer.from(masks.push(Buffer.from(text))).toString();
  expect(push("a line\nProceed? ")).toBe("a line\nProceed? ");
  expect(push("it is corr")).toBe("it is ");
  expect(push("upt\n")).toBe("corrupt\n");
});

test("of two secrets of which one begins the other, the longer one is found", () => {
  const masker = new SecretMasker({ SHORT: "password", LONG: "password-and-more" });
  expect(masker.mask("password-and-more password-and-less")).toBe("«secret:LONG» «secret:SHORT»-and-less");
});

const SAMPLE = SECRETS.slice(0, 3) as [string, string, string];
const MASKER = new SecretMasker({ A: SAMPLE[0], B: SAMPLE[1], PIN: "48151623" });
const textWithSecrets = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("«secret:", "«secret:A»", "«secret::", "«secret:=", "»", ":", "«"),
      fc.constantFrom(...SAMPLE.slice(0, 2).flatMap((secret) => encodeInManyWays(secret).map((each) => each.text))),
    ),
  )
  .map((parts) => parts.join(""));
const jsonWithSecrets = fc.jsonValue({ maxDepth: 3 }).chain((value) =>
  fc.record({
    value: fc.constant(value),
    text: textWithSecrets,
    pin: fc.constantFrom(48151623, 148151623, -1.5),
    list: fc.array(textWithSecrets),
  }),
);

test("what is concealed in a value is revealed again, and nothing of a secret is in between", () => {
  fc.assert(
    fc.property(jsonWithSecrets, textWithSecrets, (value, key) => {
      const json = JSON.stringify({ ...value, [`key ${key}`]: null });
      const concealed = concealJson(json, MASKER);
      for (const secret of [SAMPLE[0], SAMPLE[1]]) {
        for (const { needle } of encodeInManyWays(secret)) expect(concealed.includes(needle)).toBe(false);
      }
      expect(concealed).not.toContain("48151623");
      expect(JSON.parse(revealJson(concealed, (name, form) => MASKER.findForm(name, form)))).toEqual(JSON.parse(json));
    }),
  );
});

test("a reference that somebody wrote into foreign text is only text when it is revealed", () => {
  const forged = JSON.stringify(["«secret:A»", "«secret:A~base64.0»", "«secret:«secret:A»»"]);
  const find = (name: string, form: string) => MASKER.findForm(name, form);
  expect(revealJson(concealJson(forged, MASKER), find)).toBe(forged);
});

test("a reference to a secret that is not declared stays as it is", () => {
  expect(revealJson('["«secret:OTHER»"]', () => undefined)).toBe('["«secret:OTHER»"]');
});
