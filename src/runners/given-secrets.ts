/** Masks and puts back the secrets that an attempt was given. */

import { LockstepError } from "../core/errors.ts";
import { SecretMasker } from "../core/secret-masker.ts";
import { concealJson, revealJson } from "../core/secret-reference.ts";
import type { WorkflowSpec } from "../core/workflow-spec.ts";
import type { Approval, Assignment, GivenSecrets } from "./runner.ts";

/** Maskers by the values that they know: attempts of a workflow share one. */
const MASKERS = new Map<string, SecretMasker>();
/** Each has tables of 128 KiB. */
const MASKERS_MAX = 64;

export function getMasker(values: Readonly<Record<string, string>>): SecretMasker {
  const key = JSON.stringify(values);
  const masker = MASKERS.get(key) ?? new SecretMasker(values);
  MASKERS.delete(key);
  MASKERS.set(key, masker); // the one that was used last is the last
  const [oldest] = MASKERS.keys();
  if (MASKERS.size > MASKERS_MAX && oldest !== undefined) MASKERS.delete(oldest);
  return masker;
}

/** Of all secrets that this process has met lately: for texts of which nobody knows whose they are. */
export function maskAll(text: string): string {
  let masked = text;
  for (const masker of MASKERS.values()) masked = masker.mask(masked);
  return masked;
}

/** The same for the texts of a value, as JSON text. */
export function maskAllJson(json: string): string {
  if (MASKERS.size === 0) return json;
  return concealJson(json, { conceal: maskAll, concealLines: (lines) => lines.map(maskAll) });
}

/** The masker of an attempt; undefined where its workflow declares no secrets. */
export function findMasker({ secrets }: Pick<Assignment, "secrets">): SecretMasker | undefined {
  return secrets === undefined ? undefined : getMasker(secrets.values);
}

/**
 * The assignment with secrets in place of references. Its input stays as it is: who started the run wrote it.
 * @throws {LockstepError} where a secret that is needed cannot be had
 */
export function revealAssignment(assignment: Assignment, secrets: GivenSecrets): Assignment {
  const { needsJson, itemJson, approval } = assignment;
  const reveal = createReveal(secrets);
  const needs = Object.entries(needsJson).map(([name, json]) => [name, json === null ? null : reveal(json)] as const);
  return {
    ...assignment,
    needsJson: Object.fromEntries(needs),
    itemJson: itemJson === null ? null : reveal(itemJson),
    ...(approval === undefined ? {} : { approval: revealApproval(approval, reveal) }),
  };
}

function createReveal({ values, missing }: GivenSecrets): (json: string) => string {
  const masker = getMasker(values);
  const findSecret = (name: string, form: string): string | undefined => {
    const lost = Object.hasOwn(missing, name) ? missing[name] : undefined;
    if (lost !== undefined) throw new LockstepError(lost.code, lost.message);
    return masker.findForm(name, form);
  };
  return (json) => revealJson(json, findSecret);
}

/** A person edits what is shown, so an edit holds references, too. */
function revealApproval(approval: Approval, reveal: (json: string) => string): Approval {
  return { ...approval, editedJson: approval.editedJson === null ? null : reveal(approval.editedJson) };
}

/**
 * Nothing runs with secrets that nobody looked up: their values could not be masked.
 * @throws {LockstepError} `secrets_unknown`
 */
export function checkSecretsGiven({ name, secrets }: WorkflowSpec, given: GivenSecrets | undefined): void {
  for (const secret in secrets) {
    if (given !== undefined && (Object.hasOwn(given.values, secret) || Object.hasOwn(given.missing, secret))) continue;
    throw new LockstepError(
      "secrets_unknown",
      `workflow "${name}" declares the secret ${secret}, which was not there when its file was read. Start the run again, or resume it.`,
    );
  }
}
