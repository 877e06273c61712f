/** Where a secret may not stand in the plan of a task: what other processes, servers' logs or rows would show. */

import { LockstepError } from "../core/errors.ts";
import type { SecretMasker } from "../core/secret-masker.ts";
import type { CommandPlan, RequestPlan } from "../definition/program.ts";

/**
 * A script is the author's own text: values reach it as arguments.
 * @throws {LockstepError} `secret_refused`
 */
export function checkCommandPlaces(taskId: string, { command, files = {} }: CommandPlan, masker: SecretMasker): void {
  const args = command.kind === "exec" ? command.argv : command.args;
  for (const [at, text] of args.entries()) {
    const place = command.kind === "exec" ? `argument ${at}` : `value ${at + 1} of its script`;
    refuseSecret(taskId, place, text, masker, "All processes of this machine see the arguments of a command.");
  }
  for (const [name, text] of Object.entries(files)) {
    const place = `the file ${JSON.stringify(masker.mask(name))}`;
    refuseSecret(taskId, place, name, masker, "Names of files are seen by many.");
    refuseSecret(taskId, place, text, masker, "A file may outlive its task.");
  }
}

/** @throws {LockstepError} `secret_refused` */
export function checkRequestPlaces(taskId: string, { url, method = "" }: RequestPlan, masker: SecretMasker): void {
  const name = masker.findIn(url) ?? masker.findIn(method);
  if (name === undefined) return;
  throw new LockstepError(
    "secret_refused",
    `Task "${taskId}" has the secret ${name} in its URL, where servers and proxies log it. Put it into headers or body.`,
  );
}

/**
 * A child workflow is given its input through a row.
 * @throws {LockstepError} `secret_refused`
 */
export function checkChildInput(taskId: string, inputJson: string, masker: SecretMasker): void {
  JSON.parse(inputJson, (key, value: unknown) => {
    const name = masker.findIn(key) ?? (typeof value === "object" ? undefined : masker.findIn(String(value)));
    if (name === undefined) return value;
    throw new LockstepError(
      "secret_refused",
      `Task "${taskId}" gives the secret ${name} to a child workflow as input, which is recorded. Declare it in the child: secrets: [${name}].`,
    );
  });
}

function refuseSecret(taskId: string, place: string, text: string, masker: SecretMasker, why: string): void {
  const name = masker.findIn(text);
  if (name === undefined) return;
  throw new LockstepError(
    "secret_refused",
    `Task "${taskId}" has the secret ${name} in ${place}. ${why} Hand it over in env or stdin.`,
  );
}
