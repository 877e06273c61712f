import { hostname } from "node:os";
import { dirname } from "node:path";
import { createDeliver } from "../daemon/deliver-notice.ts";
import { Heartbeat } from "../daemon/heartbeat.ts";
import type { NoticeOrigin } from "../daemon/notice-message.ts";
import { Notifier } from "../daemon/notifier.ts";
import { createNoticeRows } from "../store/notice-rows.ts";
import type { CommandContext } from "./command-context.ts";
import type { FoundConfig } from "./config-source.ts";
import type { Execution } from "./execution.ts";

/** What a daemon tells the world: notices to channels, and a heartbeat. Nothing where the config names neither. */
export interface Tellers {
  start(): Promise<void>;
  /** Tells what is due now, once. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

type Log = (event: string, data: Readonly<Record<string, unknown>>) => void;

export function createTellers(
  context: CommandContext,
  found: FoundConfig | undefined,
  { store, path }: Execution,
  engineUid: string,
  log: Log,
): Tellers {
  const { clock, env, cwd } = context;
  const { notify, heartbeat } = found?.config ?? {};
  const site = { env, cwd: found === undefined ? cwd : dirname(found.path), engineUid };
  const notifier =
    notify === undefined
      ? undefined
      : new Notifier({
          ...{ store, clock, log, channels: notify },
          origin: getOrigin(path),
          deliver: createDeliver(site),
        });
  // A daemon whose database takes nothing, for a full disk or a lock that is held, is not well.
  const assertWell = async (): Promise<void> => {
    await store.writeTransaction(() => createNoticeRows(store).setCursor("heartbeat", clock.now()));
  };
  const beat = heartbeat && new Heartbeat({ ...heartbeat, clock, env, log, assertWell });
  return {
    async start() {
      await notifier?.begin();
      notifier?.start();
      beat?.start();
    },
    flush: async () => await notifier?.flush(),
    async stop() {
      await Promise.all([notifier?.stop(), beat?.stop()]);
    },
  };
}

export function getOrigin(database: string): NoticeOrigin {
  return { host: hostname(), database };
}
