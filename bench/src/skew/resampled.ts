import { type Estimate, quantile, seededRandom } from '@millrace/bench';

/** How often batches are drawn again. */
const RESAMPLES = 500;

/**
 * A figure of some batches together, such as one of the medians of their tasks, with the interval of 95 % that drawing the batches again gives. In a single
 * batch one task or another is held up by the machine, and a figure of the largest of their times would say how long that took.
 */
export function resampled<B>(batches: readonly B[], of: (some: readonly B[]) => number): Estimate {
  const random = seededRandom(1);
  const drawn = Array.from({ length: RESAMPLES }, () =>
    of(batches.map(() => batches[Math.floor(random() * batches.length)]!)),
  );
  return { value: of(batches), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975), runs: batches.length };
}
