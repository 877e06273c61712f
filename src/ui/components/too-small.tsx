import { Text } from "ink";
import type { ReactNode } from "react";

export const COLUMNS_MIN = 60;
export const ROWS_MIN = 15;

/** A terminal in which a decision could not be seen whole gets this instead. */
export function TooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): ReactNode {
  const text = `needs ${COLUMNS_MIN}×${ROWS_MIN}, is ${columns}×${rows}; lockstep checkpoints works here`;
  return <Text wrap="wrap">{text}</Text>;
}
