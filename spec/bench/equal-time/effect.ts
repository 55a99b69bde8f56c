/** How far two samples of times lie apart. */
export interface Effect {
  readonly medians: readonly [number, number];
  /** Cliff's delta: how much more often a time of the second is longer than one of the first than the other way round; 0 is never to be told apart, 1 always. */
  readonly delta: number;
  /** Half the width of the range in which delta would lie in 95 of 100 runs, if there were no difference at all. */
  readonly chance: number;
}

export function effectOf(first: readonly number[], second: readonly number[]): Effect {
  let sum = 0;
  for (const one of first) for (const other of second) sum += Math.sign(other - one);
  const [n, m] = [first.length, second.length];
  return { medians: [median(first), median(second)], delta: sum / (n * m), chance: 1.96 * Math.sqrt((n + m + 1) / (3 * n * m)) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
