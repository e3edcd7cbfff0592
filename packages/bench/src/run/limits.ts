import { estimate } from '../stats/stats.ts';

/** When there are runs enough. */
export interface Limits {
  /** Least runs of each contender; at least 5. */
  readonly runs: number;
  /** Most runs of each contender. */
  readonly mostRuns: number;
  /** No more runs are begun after this time, in ms since the epoch; null: whenever the intervals are narrow. */
  readonly deadline: number | null;
}

/** An interval that reaches so far from the median, as a share of it, is narrow. */
const NARROW = 0.03;

/** Whether one more run of all contenders is worth it. */
export function goOn({ runs, mostRuns, deadline }: Limits, samples: Iterable<readonly number[]>): boolean {
  const all = [...samples];
  const done = Math.min(...all.map(({ length }) => length));
  if (done < runs) return true;
  if (done >= mostRuns || (deadline !== null && Date.now() >= deadline)) return false;
  return all.some((values) => {
    const { value, low, high } = estimate(values);
    return Math.max(high - value, value - low) > NARROW * Math.abs(value);
  });
}
