import { error } from '../errors/index.ts';
import type { BatchInfo } from '../events/listener.ts';
import { ChangingGrid } from '../lineage/time-grid.ts';
import { fixedSlides, possibleIntervals } from '../plan/adaptive-interval.ts';
import type { Plan } from '../plan/plan.ts';
import { type IntervalChange, IntervalController } from '../schedule/interval-controller.ts';
import type { AdaptiveIntervalOptions } from './context-options.ts';
import { type Duration, durationMs } from './time.ts';

/** Checks what a context was given. @throws MR_OPTION, MR_DURATION */
export function checkAdaptiveInterval(options: unknown): void {
  if (options === undefined) return;
  const { min, max, ...rest } = Object(options) as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (min === undefined || max === undefined || unknown !== undefined) {
    throw error('MR_OPTION', {
      option: 'adaptiveBatchInterval',
      value: options,
      rule: 'must be { min, max }, two durations',
    });
  }
  const bounds = [min, max].map((d, i) =>
    durationMs(d as Duration, `adaptiveBatchInterval: ${i === 0 ? 'min' : 'max'}`),
  );
  if (bounds[0] > bounds[1])
    throw error('MR_OPTION', { option: 'adaptiveBatchInterval: max', value: bounds[1], rule: 'must not be below min' });
}

/** A batch interval that follows the load: the choice there is, the grid of batch times, and who decides. */
export class AdaptiveInterval {
  readonly grid: ChangingGrid;
  readonly #controller: IntervalController;

  /** @throws MR_ADAPTIVE_INTERVAL when windows and slides leave no choice */
  constructor(plan: Plan, options: AdaptiveIntervalOptions, initialMs: number) {
    const nodes = [...plan.nodes, ...plan.outputs];
    const minMs = durationMs(options.min, 'adaptiveBatchInterval: min');
    const maxMs = durationMs(options.max, 'adaptiveBatchInterval: max');
    const intervals = possibleIntervals(nodes, { minMs, maxMs, initialMs });
    this.grid = new ChangingGrid(fixedSlides(nodes), intervals[intervals.length - 1]);
    this.#controller = new IntervalController(intervals, initialMs);
  }

  /** Goes on at the interval of an earlier run, if there is a choice of it; the interval that holds. */
  resume(intervalMs: number): number {
    return this.#controller.resume(intervalMs);
  }

  /** A batch has completed: the change that follows, or null. */
  completed({ batchInterval, processingDelay, schedulingDelay }: BatchInfo): IntervalChange | null {
    if (processingDelay === null || schedulingDelay === null) return null;
    return this.#controller.completed({
      intervalMs: batchInterval,
      processingMs: processingDelay,
      schedulingDelayMs: schedulingDelay,
    });
  }
}
