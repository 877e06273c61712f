/**
 * The ways in which a secret is written: as given, and as the encoders of every day write it. Each has a name, so that
 * what stood in a text can be put back exactly.
 */
export interface SecretForm {
  /** The secret's name. */
  readonly name: string;
  /** Empty: as given. Unique among the forms of a secret. */
  readonly form: string;
  readonly text: string;
  /** Line breaks may stand between its characters, as `base64` and `xxd` write them. */
  readonly wraps: boolean;
}

/** A secret that is shorter may well be a part of ordinary text: it is masked, and people are warned. */
export const SECRET_CHARS_MIN = 8;
/** A shorter encoded form, or a part of one, is found in any text. */
const FORM_CHARS_MIN = 6;

/** All forms of a secret, without repeats: the first name of a text stays. */
export function listSecretForms(name: string, value: string): SecretForm[] {
  const forms = new Map<string, SecretForm>();
  const add = (form: string, text: string, wraps = false): void => {
    const isLong = form === "" || text.length >= FORM_CHARS_MIN;
    if (isLong && text !== "" && !forms.has(text)) forms.set(text, { name, form, text, wraps });
  };
  add("", value);
  const trimmed = value.trim();
  if (trimmed.length >= SECRET_CHARS_MIN) add("trimmed", trimmed);
  addQuoted("", value, add);
  addPercent(value.toWellFormed(), add);
  addBase64(Buffer.from(value), add);
  const hex = Buffer.from(value).toString("hex");
  add("hex", hex, true);
  add("HEX", hex.toUpperCase(), true);
  for (const [at, line] of value.split(/\r?\n/).entries()) {
    if (line.length < SECRET_CHARS_MIN) continue;
    add(`line.${at}`, line);
    addQuoted(`line.${at}.`, line, add);
  }
  return [...forms.values()];
}

type Add = (form: string, text: string, wraps?: boolean) => void;

/** As JSON, JavaScript, a shell's trace and HTML write it between quotes. */
function addQuoted(prefix: string, value: string, add: Add): void {
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = toAscii(json);
  add(`${prefix}json`, json);
  add(`${prefix}json.ascii`, ascii);
  add(`${prefix}json.slash`, json.replaceAll("/", "\\/"));
  add(`${prefix}json.php`, ascii.replaceAll("/", "\\/"));
  add(`${prefix}json.go`, json.replaceAll(/[<>&]/g, toEscape));
  add(`${prefix}json.json`, JSON.stringify(json).slice(1, -1));
  const script = json.replaceAll('\\"', '"');
  add(`${prefix}js`, script);
  add(`${prefix}js.single`, script.replaceAll("'", "\\'"));
  add(`${prefix}shell`, value.replaceAll("'", "'\\''"));
  add(`${prefix}shell.words`, value.replaceAll(/[^\w./:=@%+,\u0080-\uffff-]/g, "\\$&"));
  const html = value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  add(`${prefix}html`, html);
  add(`${prefix}html.quot`, html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"));
}

function toAscii(json: string): string {
  return json.replaceAll(/[^ -~]/g, toEscape);
}

function toEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Percent-encoded: by the rules of components, whole addresses, forms and RFC 3986, in both cases of the digits. */
function addPercent(value: string, add: Add): void {
  const component = encodeURIComponent(value);
  const strict = component.replaceAll(/[!'()*]/g, toPercent);
  const texts = {
    url: component,
    "url.strict": strict,
    "url.path": strict.replaceAll("%2F", "/"),
    "url.form": strict.replaceAll("%20", "+").replaceAll("%2A", "*").replaceAll("~", "%7E"),
    "url.plus": strict.replaceAll("%20", "+"),
    "url.whole": encodeURI(value),
    "url.all": [...Buffer.from(value)].map(byteToPercent).join(""),
  };
  for (const [form, text] of Object.entries(texts)) {
    add(form, text);
    add(`${form}.lower`, toLowerCodes(text));
  }
}

function toLowerCodes(url: string): string {
  return url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function toPercent(unit: string): string {
  return byteToPercent(unit.charCodeAt(0));
}

function byteToPercent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * Three bytes are four characters, so what a secret looks like depends on where in the text it begins. Of each of the
 * three: the characters that it alone decides, and all up to the end where nothing follows it, with and without padding.
 */
function addBase64(bytes: Buffer, add: Add): void {
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const whole = padded.replace(/=+$/, "");
    const first = Math.ceil((offset * 8) / 6);
    const own = whole.slice(first, Math.floor(((offset + bytes.length) * 8) / 6));
    addAlphabets(`base64.${offset}.padded`, padded.slice(first), add);
    addAlphabets(`base64.${offset}.end`, whole.slice(first), add);
    addAlphabets(`base64.${offset}`, own, add);
  }
}

function addAlphabets(form: string, text: string, add: Add): void {
  if (text.length < FORM_CHARS_MIN) return;
  add(form, text, true);
  add(`${form}.safe`, text.replaceAll("+", "-").replaceAll("/", "_"), true);
  const url = encodeURIComponent(text);
  add(`${form}.url`, url);
  add(`${form}.url.lower`, toLowerCodes(url));
  add(`${form}.slash`, text.replaceAll("/", "\\/"));
}
