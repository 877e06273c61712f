import { dirname } from "node:path";
import { isShortSecret } from "../core/secret-masker.ts";
import type { SecretSource, WorkflowSpec } from "../core/workflow-spec.ts";
import { findFileMistake, findSecretFile } from "../runners/secret-file.ts";
import { describeShort, describeSource } from "../runners/secret-vault.ts";
import { isOnPath } from "./is-on-path.ts";

export interface SecretFinding {
  readonly level: "warn";
  readonly code: "secret_missing" | "secret_short";
  readonly message: string;
  readonly fix?: string;
}

/**
 * Secrets that could not be had if the workflow ran here and now, and those that are too short. Starts nothing, and reads
 * no file.
 * @param path of the workflow's file
 */
export function inspectSecrets(spec: WorkflowSpec, path: string, env: NodeJS.ProcessEnv): SecretFinding[] {
  return Object.entries(spec.secrets ?? {}).flatMap(([name, source]): SecretFinding[] => {
    if ("env" in source) {
      const value = env[source.env] ?? "";
      if (value !== "") return isShortSecret(value) ? [createShort(spec, name)] : [];
      const fix = `export ${source.env}=…`;
      return [{ ...createMissing(spec, name, `${describeSource(source)} is not set here`), fix }];
    }
    const mistake = findMistake(source, dirname(path), env);
    return mistake === undefined ? [] : [createMissing(spec, name, mistake)];
  });
}

function findMistake(
  source: Exclude<SecretSource, { readonly env: string }>,
  folder: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if ("file" in source) {
    const path = findSecretFile(source.file, folder);
    const mistake = findFileMistake(path);
    return mistake && `${describeSource(source)}: ${mistake}`;
  }
  const [program = ""] = source.command;
  return isOnPath(program, env.PATH, folder) ? undefined : `${describeSource(source)}: ${program} is not on the PATH`;
}

function createMissing({ name: workflow }: WorkflowSpec, name: string, why: string): SecretFinding {
  return { level: "warn", code: "secret_missing", message: `${workflow}: the secret ${name} is missing: ${why}` };
}

function createShort({ name: workflow }: WorkflowSpec, name: string): SecretFinding {
  return { level: "warn", code: "secret_short", message: `${workflow}: ${describeShort(name)}` };
}
