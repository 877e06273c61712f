import { type Line, toSpan, toSplitLine } from "../line.ts";
import type { Ui } from "../ui-context.ts";

/** ` Lockstep   1 Inbox 3   2 Runs 2                              srv1  ops` */
export function toTabHeader(ui: Ui, tab: "inbox" | "runs", inboxCount: number, runsCount: number): Line {
  const { host, user, readOnlyReason } = ui.ports;
  const tone = (own: string) => (own === tab ? "strong" : "plain");
  const right = `${readOnlyReason === null ? "" : "read-only  "}${host}  ${user} `;
  return toSplitLine(
    [
      toSpan(" Lockstep   ", "accent"),
      toSpan(`1 Inbox ${inboxCount}`, tone("inbox")),
      "   ",
      toSpan(`2 Runs ${runsCount}`, tone("runs")),
    ],
    right,
    ui.columns,
  );
}
