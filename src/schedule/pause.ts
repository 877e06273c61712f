/** A pause without an end: later than all instants. */
export const PAUSED_FOR_GOOD_AT = 8_640_000_000_000_000;
