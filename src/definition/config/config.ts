import type { ResourceSpec } from "../../core/workflow-spec.ts";
import type { WrittenConfig } from "./config-schema.ts";

/** A config as it lies on disk. */
export interface ConfigSource {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
}

/** `lockstep.config.yaml`, read: the facts of the machine. Paths are as written. */
export interface Config {
  readonly db?: string;
  readonly workflows?: string;
  /** A name or a number. */
  readonly group?: string;
  /** At most so many tasks at once, over all runs. */
  readonly maxConcurrent?: number;
  readonly resources?: Readonly<Record<string, ResourceSpec>>;
  readonly notify?: Readonly<Record<string, NotifyChannel>>;
  readonly heartbeat?: Heartbeat;
  readonly retention?: Retention;
  readonly timezone?: string;
  readonly defaults?: NonNullable<WrittenConfig["defaults"]>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A text of the config, or the variable of the daemon that holds it. */
export type TextOrVariable = string | { readonly env: string };

export type NotifyChannel =
  | {
      readonly kind: "command";
      /** A text is for bash. */
      readonly command: string | readonly string[];
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "webhook";
      readonly url: TextOrVariable;
      readonly headers: Readonly<Record<string, TextOrVariable>>;
      readonly timeoutMs: number;
    };

export interface Heartbeat {
  readonly url: TextOrVariable;
  readonly everyMs: number;
}

/** Absent: nothing is removed for that reason. */
export interface Retention {
  readonly runsMs?: number;
  readonly logsMs?: number;
  /** The newest runs of each workflow that stay in any case. */
  readonly keep?: number;
}
