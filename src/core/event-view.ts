/** One fact. `seq` rises by one from fact to fact over the whole file: who has read up to one continues there. */
export interface EventView {
  readonly seq: number;
  readonly at: number;
  readonly run: number | null;
  readonly kind: string;
  readonly task: string | null;
  readonly index: number | null;
  /** What else the fact says. */
  readonly data: Readonly<Record<string, unknown>>;
}
