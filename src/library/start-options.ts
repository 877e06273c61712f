import { readBoolean, readInteger, readText, readTexts, refuseUnknownKeys } from "../definition/option-reader.ts";
import type { Submission } from "../engine/submission.ts";
import type { StartOptions } from "./lockstep.ts";

const KNOWN = new Set(["key", "labels", "maxConcurrent", "review"]);

/**
 * The options of a start, checked: what is written of a run is what it runs with, also in the next program.
 * @throws {InvalidDefinitionError} where one is wrong. Nothing was started.
 */
export function readStartOptions(
  options: StartOptions,
): Pick<Submission, "key" | "labels" | "maxConcurrent" | "review"> {
  refuseUnknownKeys({ ...options }, KNOWN, "the options of a run");
  const { key, labels, maxConcurrent, review } = options;
  return {
    ...(key === undefined ? {} : { key: readText(key, "key") }),
    ...(labels === undefined ? {} : { labels: readTexts(labels, "labels") }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent: readInteger(maxConcurrent, "maxConcurrent", 1) }),
    ...(review === undefined ? {} : { review: readBoolean(review, "review") }),
  };
}
