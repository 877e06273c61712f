/** How a secret may appear in a text: what is written, and the part of it that gives the secret away. */
export interface Encoded {
  readonly how: string;
  readonly text: string;
  readonly needle: string;
}

/** Made by other means than those of the sources, as far as there are some. */
export function encodeInManyWays(secret: string): Encoded[] {
  const bytes = Buffer.from(secret);
  const whole = (how: string, text: string): Encoded => ({ how, text, needle: text });
  const url = encodeURIComponent(secret);
  return [
    whole("as given", secret),
    whole("JSON", JSON.stringify(secret).slice(1, -1)),
    whole("JSON in JSON", JSON.stringify(JSON.stringify(secret)).slice(3, -3)),
    whole("URL", url),
    whole(
      "URL in small digits",
      url.replaceAll(/%../g, (code) => code.toLowerCase()),
    ),
    whole("form", new URLSearchParams({ a: secret }).toString().slice(2)),
    whole("every byte percent-encoded", [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")),
    whole("base64", btoa(String.fromCharCode(...bytes))),
    whole("base64 without padding", btoa(String.fromCharCode(...bytes)).replaceAll("=", "")),
    whole("base64url", bytes.toString("base64url")),
    encodeInside("base64 after one byte", bytes, "u", ":rest"),
    encodeInside("base64 after two bytes", bytes, "u:", ""),
    encodeInside("base64 after three bytes", bytes, "abc", "\n"),
    whole(
      "JSON of Go",
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll("&", "\\u0026")
        .replaceAll("<", "\\u003c")
        .replaceAll(">", "\\u003e"),
    ),
    whole("hex", bytes.toString("hex")),
    whole("HEX", bytes.toString("hex").toUpperCase()),
  ];
}

/** The needle is what the secret alone decides. */
function encodeInside(how: string, bytes: Buffer, before: string, after: string): Encoded {
  const text = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]).toString("base64");
  const first = Math.ceil((before.length * 8) / 6);
  const last = Math.floor(((before.length + bytes.length) * 8) / 6);
  return { how, text, needle: text.slice(first, last) };
}
