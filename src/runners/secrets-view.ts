import { findClosest } from "../core/did-you-mean.ts";
import { LockstepError } from "../core/errors.ts";
import type { GivenSecrets } from "./runner.ts";

/** What code asks of any object, and what is no name of a secret. */
const ASKED_OF_ALL = new Set(["then", "toJSON", "constructor"]);

/**
 * What functions and templates are given as `secrets`. A missing secret must not become an empty password: to read one
 * that cannot be had, or that is not declared, throws.
 */
export function createSecretsView({ values, missing }: GivenSecrets): Readonly<Record<string, string>> {
  const view: Record<string, string> = { ...values };
  for (const [name, { code, message }] of Object.entries(missing)) {
    Object.defineProperty(view, name, {
      get() {
        throw new LockstepError(code, message);
      },
    });
  }
  return new Proxy(view, {
    get(target, name, receiver): unknown {
      if (typeof name === "string" && !ASKED_OF_ALL.has(name) && !Object.hasOwn(target, name)) {
        throw createUndeclared(name, Object.getOwnPropertyNames(target));
      }
      return Reflect.get(target, name, receiver);
    },
  });
}

function createUndeclared(name: string, declared: readonly string[]): LockstepError {
  const closest = findClosest(name, declared);
  const help = closest === undefined ? `Declared: ${declared.join(", ")}.` : `Did you mean "${closest}"?`;
  return new LockstepError("secret_missing", `secrets has no "${name}". ${help}`);
}
