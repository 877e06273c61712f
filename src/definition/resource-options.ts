import type { ResourceSpec } from "../core/workflow-spec.ts";
import {
  createExpectedError,
  isPlainRecord,
  readInteger,
  readNumber,
  readRecord,
  refuseUnknownKeys,
} from "./option-reader.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

const KINDS = ["slots", "capacity", "rate"] as const;
const KEYS: ReadonlySet<string> = new Set([...KINDS, "burst"]);
const EXPECTED = '{ slots: 4 }, { capacity: 8000 } or { rate: "80/min", burst: 10 }';
const RESOURCE_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;
/** A rate in a second or a day beyond it limits nothing. */
const AMOUNT_MAX = 1_000_000_000;

/** Reads `resources`: name → slots, capacity or rate. */
export function readResources(value: unknown): Readonly<Record<string, ResourceSpec>> {
  const resources = readRecord(value, "resources", `an object: name → ${EXPECTED}`);
  const entries = Object.entries(resources).map(([name, resource]) => {
    if (!RESOURCE_NAME.test(name)) {
      throw createExpectedError(`resources.${name}`, "a name: a letter, then letters, digits, -, _ or .", name);
    }
    return [name, readResource(resource, `resources.${name}`)] as const;
  });
  return Object.fromEntries(entries);
}

/** Reads one resource; `path` is how messages name it. */
function readResource(value: unknown, path: string): ResourceSpec {
  if (!isPlainRecord(value)) throw createExpectedError(path, EXPECTED, value);
  refuseUnknownKeys(value, KEYS, path);
  const kinds = KINDS.filter((kind) => value[kind] !== undefined);
  if (kinds.length !== 1) throw createExpectedError(path, `exactly one of slots, capacity, rate: ${EXPECTED}`, value);
  const { slots, capacity, rate, burst } = value;
  if (rate === undefined && burst !== undefined) throw createExpectedError(`${path}.rate`, "a rate beside burst", rate);
  if (slots !== undefined) return { slots: readInteger(slots, `${path}.slots`, 1, AMOUNT_MAX) };
  if (capacity !== undefined) return { capacity: readNumber(capacity, `${path}.capacity`, 1, AMOUNT_MAX) };
  const limit = readRate(rate, `${path}.rate`);
  return burst === undefined ? limit : { ...limit, burst: readInteger(burst, `${path}.burst`, 1, AMOUNT_MAX) };
}

function readRate(value: unknown, path: string): { readonly rate: number; readonly windowMs: number } {
  const match = typeof value === "string" ? /^(\d{1,9})\s*\/\s*([a-z]+)$/.exec(value) : null;
  const windowMs = UNIT_MS[match?.[2] ?? ""];
  const rate = Number(match?.[1] ?? 0);
  if (windowMs === undefined || rate < 1)
    throw createExpectedError(path, "a rate such as 10/s, 80/min or 1000/h", value);
  return { rate, windowMs };
}
