/** What the figures are held against. A target that is missed is printed as missed. */

export interface Target {
  readonly text: string;
  readonly found: number;
  readonly bound: number;
  readonly met: boolean;
}

/** The figure is to be `bound` or less. */
export function atMost(text: string, found: number, bound: number): Target {
  return { text, found, bound, met: found <= bound };
}

/** The figure is to be `bound` or more. */
export function atLeast(text: string, found: number, bound: number): Target {
  return { text, found, bound, met: found >= bound };
}

/** The figure is to be less than `bound`. */
export function below(text: string, found: number, bound: number): Target {
  return { text, found, bound, met: found < bound };
}
