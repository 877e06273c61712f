import { EXIT } from "../core/errors.ts";
import type { SeenRunStatus } from "../views/run-record.ts";

/** What a command that followed a run exits with. */
export function toRunExitCode(status: SeenRunStatus): number {
  switch (status) {
    case "succeeded":
      return EXIT.succeeded;
    case "failed":
    case "canceled":
      return EXIT.failed;
    case "waiting":
      return EXIT.waiting;
    default:
      return EXIT.interrupted;
  }
}
