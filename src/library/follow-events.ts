import { createKindFilter } from "../core/event-kind.ts";
import type { EventView } from "../core/event-view.ts";
import type { Engine } from "../engine/engine.ts";
import { keepAlive } from "../platform/keep-alive.ts";
import type { Store } from "../store/open-store.ts";
import { listEvents } from "../views/list-events.ts";
import type { FollowOptions } from "./lockstep.ts";

/** Pages of the event log, and then what comes, woken by the engine's turns and hints. */
export async function* followEvents(
  store: Store,
  engine: Engine,
  options: FollowOptions,
  closing: AbortSignal,
): AsyncGenerator<EventView, void, void> {
  const { types, signal } = options;
  let after = options.after ?? 0;
  const isOver = (): boolean => closing.aborted || signal?.aborted === true;
  const filter = types === undefined ? {} : { isWanted: createKindFilter(types, "types") };
  while (!isOver()) {
    const news = engine.awaitNews([closing, ...(signal === undefined ? [] : [signal])]);
    const page = listEvents(store, { after, ...filter });
    for (const event of page.events) {
      if (isOver()) return;
      yield event;
    }
    if (page.next === after) await whileAlive(news);
    after = page.next;
  }
}

/** Who follows waits for what others do, too. */
async function whileAlive(news: Promise<void>): Promise<void> {
  const letGo = keepAlive();
  try {
    await news;
  } finally {
    letGo();
  }
}
