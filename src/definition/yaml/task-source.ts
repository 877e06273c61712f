import { CONFIG, type LoadContext } from "./load-context.ts";
import { TASK_KIND_KEYS, type TaskDefinition } from "./schema-tasks.ts";
import type { YamlPath } from "./yaml-document.ts";

export type KindKey = (typeof TASK_KIND_KEYS)[number];

/** A task of the file with what `defaults` adds to it: the file's, then those of the config. */
export interface TaskSource {
  readonly id: string;
  readonly kindKey: KindKey;
  readonly definition: TaskDefinition;
  /** Where a key was written: in the task, or in `defaults`. */
  pathOf(key: keyof TaskDefinition): YamlPath;
}

/** Keys that have a meaning for some kinds only. Those of `defaults` are passed over where they have none. */
const KINDS_OF_KEY: Partial<Record<keyof TaskDefinition, readonly KindKey[]>> = {
  shell: ["run"],
  stdin: ["run", "exec"],
  files: ["run", "exec"],
  output: ["run", "exec"],
  cwd: ["run", "exec"],
  inheritEnv: ["run", "exec"],
  env: ["run", "exec", "http"],
  map: ["run", "exec", "http"],
  checkpoint: ["run", "exec", "http", "workflow"],
  retry: ["run", "exec", "http", "workflow"],
  timeout: ["run", "exec", "http", "workflow"],
  grace: ["run", "exec"],
  uses: ["run", "exec", "http"],
  allowFailure: ["run", "exec", "http", "workflow"],
};

/** Joins a task with `defaults`, and reports keys that do not go together. Undefined where it does nothing to be run. */
export function readTaskSource(load: LoadContext, id: string, own: TaskDefinition): TaskSource | undefined {
  const kindKey = readKind(load, id, own);
  if (kindKey === undefined) return undefined;
  const has = (key: keyof TaskDefinition): boolean => own[key] !== undefined;
  for (const [key, kinds] of Object.entries(KINDS_OF_KEY) as [keyof TaskDefinition, readonly KindKey[]][]) {
    if (has(key) && !kinds.includes(kindKey)) {
      load.reportKey(["tasks", id, key], `${key} has no meaning for ${kindKey}. It goes with ${kinds.join(", ")}`);
    }
  }
  const added = new Map<string, { value: unknown; path: YamlPath }>();
  for (const { defaults, path } of listDefaults(load)) {
    for (const [name, value] of Object.entries(defaults)) {
      const key = name as keyof TaskDefinition;
      const fits = (KINDS_OF_KEY[key]?.includes(kindKey) ?? true) && (key !== "maxConcurrent" || has("map"));
      if (value !== undefined && fits && !has(key) && !added.has(key)) added.set(key, { value, path: [...path, key] });
    }
  }
  return {
    id,
    kindKey,
    definition: { ...own, ...Object.fromEntries(Array.from(added, ([key, { value }]) => [key, value])) },
    pathOf: (key) => added.get(key)?.path ?? ["tasks", id, key],
  };
}

/** The nearest first. The variables of the config's lie beneath those of the workflow instead. */
function listDefaults({ definition, config }: LoadContext) {
  const { env: _, ...ofMachine } = config?.config.defaults ?? {};
  return [
    { defaults: definition.defaults ?? {}, path: ["defaults"] },
    { defaults: ofMachine, path: [CONFIG, "defaults"] },
  ];
}

function readKind(load: LoadContext, id: string, own: TaskDefinition): KindKey | undefined {
  const present = TASK_KIND_KEYS.filter((key) => own[key] !== undefined);
  const [first, second] = present;
  if (first === undefined) {
    load.reportKey(["tasks", id], `task "${id}" does nothing. Add one of ${TASK_KIND_KEYS.join(", ")}`);
  } else if (second !== undefined) {
    load.reportKey(["tasks", id, second], `task "${id}" has ${present.join(" and ")}. Keep one of them`);
  }
  return first;
}
