import type { Zones } from "../engine/register-workflow.ts";
import { readLocalZone } from "../platform/local-zone.ts";
import type { CommandContext } from "./command-context.ts";

/** What `local` is now, and the zone of schedules that name none. */
export function readZones({ env }: CommandContext, timezone: string | undefined): Required<Zones> {
  const localZone = readLocalZone(env);
  return { localZone, defaultZone: timezone === undefined || timezone === "local" ? localZone : timezone };
}
