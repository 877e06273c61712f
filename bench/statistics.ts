/** What the benchmark reports of its samples: medians and percentiles, and ratios of medians. */

/** The middle value; of an even number, the mean of the two in the middle. */
export function getMedian(samples: readonly number[]): number {
  const sorted = sortSamples(samples);
  const middle = sorted.length >> 1;
  const upper = at(sorted, middle);
  return sorted.length % 2 === 1 ? upper : (at(sorted, middle - 1) + upper) / 2;
}

/** The smallest sample that at least `percent` of all are not above (nearest rank), `percent` in (0, 100]. */
export function getPercentile(samples: readonly number[], percent: number): number {
  if (!(percent > 0 && percent <= 100)) {
    throw new RangeError(`expected a percentage above 0 and at most 100, found ${percent}`);
  }
  const sorted = sortSamples(samples);
  return at(sorted, Math.ceil((percent / 100) * sorted.length) - 1);
}

/** How many times `other` the figure is, by medians. */
export function getRatio(samples: readonly number[], other: readonly number[]): number {
  return getMedian(samples) / getMedian(other);
}

function sortSamples(samples: readonly number[]): number[] {
  if (samples.length === 0) throw new RangeError("expected at least one sample, found none");
  return [...samples].sort((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError(`expected an index below ${sorted.length}, found ${index}`);
  return value;
}
