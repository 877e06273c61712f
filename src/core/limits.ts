/** Everything that comes from outside has a limit (engine.md 8). Each is named here once, with its reason. */

/** Tasks that a workflow may declare: a run's ids are run × 2²⁰ + index, and a plan must fit a person's patience. */
export const TASKS_MAX = 100_000;
/** Needs over all tasks of a workflow: 1000 × 1000 layers fit, a million edges are 8 MB of typed arrays. */
export const EDGES_MAX = 1_000_000;
/** Rows of one run, instances included: its ids are a block of 2²⁰. */
export const RUN_ROWS_MAX = 2 ** 20;
/** Items of one map. */
export const MAP_ITEMS_MAX = 100_000;
/** Items of a map unless its `maxItems` says more: a list of a million by mistake should fail, not run. */
export const MAP_ITEMS_DEFAULT = 10_000;
/** Attempts of one task, retries included. */
export const ATTEMPTS_MAX = 100;
/** Interruptions in a row; one more is a crash loop and fails. */
export const INTERRUPTIONS_MAX = 5;
/** Bytes of a task's output. */
export const OUTPUT_BYTES_MAX = 1_048_576;
/** Bytes of a run's input. */
export const INPUT_BYTES_MAX = 1_048_576;
/** Bytes of all needed outputs that one task is given. */
export const TASK_INPUTS_BYTES_MAX = 64 * 1_048_576;
/** Bytes of output kept in the task's row; larger ones go to `value`. */
export const OUTPUT_INLINE_BYTES_MAX = 1_024;
/** Bytes that a checkpoint shows. */
export const SHOWN_BYTES_MAX = 65_536;
/** Bytes kept of an attempt's log: its first part and its last part. */
export const LOG_HEAD_BYTES_MAX = 256 * 1_024;
export const LOG_TAIL_BYTES_MAX = 768 * 1_024;
/** Depth of child workflows. */
export const CHILD_DEPTH_MAX = 16;
/** Secrets of a workflow: each is looked for, in dozens of forms, in all that leaves its tasks. */
export const SECRETS_MAX = 100;
/** Bytes of a YAML file. */
export const YAML_BYTES_MAX = 1_048_576;
/** Rounds of sending a layer back. */
export const REDO_ROUNDS_MAX = 5;
/** How long a checkpoint's `review` may take before people are asked. */
export const REVIEW_MS_MAX = 5 * 60_000;
/** Functions that one engine runs at once. */
export const FUNCTIONS_MAX = 1_000;
/** Commands that one engine runs at once, per core. */
export const COMMANDS_PER_CORE_MAX = 4;
/** Async attempts that one worker process takes at once. */
export const ATTEMPTS_PER_WORKER_MAX = 100;
/** Attempts after which a worker process is replaced: what leaks, leaks for so long. */
export const ATTEMPTS_PER_WORKER_LIFE = 1_000;
/** Outcomes settled in one transaction. */
export const OUTCOMES_PER_TRANSACTION = 500;
/** Rows that a prune deletes in one transaction: who else writes waits for a few milliseconds. */
export const PRUNE_ROWS_PER_TRANSACTION = 500;
/** Milliseconds between the first signal and SIGKILL. */
export const GRACE_DEFAULT_MS = 5_000;
