import { error } from '../errors/index.ts';
import type { BatchInfo } from '../events/listener.ts';
import { PIDRateEstimator, type PidOptions } from './pid-rate-estimator.ts';

/** How backpressure works. `backpressure: true` takes all defaults. */
export interface BackpressureOptions extends PidOptions {
  /** `pid`, the only one there is (R161). */
  readonly rateEstimator?: 'pid';
  /** Records per second before the first estimate, for each input; its `maxRate` unless given (R160). */
  readonly initialRate?: number;
}

/** An input whose rate is controlled. */
export interface ControlledInput {
  readonly id: number;
  onRate(recordsPerSecond: number): void;
}

const OPTIONS = ['rateEstimator', 'initialRate', 'proportional', 'integral', 'derivative', 'minRate'];

/** Checks what a context was given. @throws MR_OPTION */
export function checkBackpressure(options: unknown): BackpressureOptions | null {
  if (options === undefined || options === false) return null;
  if (options === true) return {};
  if (typeof options !== 'object' || options === null) {
    throw error('MR_OPTION', { option: 'backpressure', value: options, rule: 'must be true, false or an object' });
  }
  for (const [option, value] of Object.entries(options)) {
    if (!OPTIONS.includes(option)) {
      throw error('MR_OPTION', {
        option: `backpressure: ${option}`,
        value,
        rule: `must be left out: backpressure has the options ${OPTIONS.join(', ')}`,
      });
    }
  }
  const { rateEstimator, initialRate, ...pid } = options as BackpressureOptions;
  if (rateEstimator !== undefined && rateEstimator !== 'pid')
    throw error('MR_OPTION', { option: 'backpressure: rateEstimator', value: rateEstimator, rule: "must be 'pid'" });
  if (initialRate !== undefined && !(initialRate > 0))
    throw error('MR_OPTION', { option: 'backpressure: initialRate', value: initialRate, rule: 'must be above 0' });
  new PIDRateEstimator(1, pid);
  return options as BackpressureOptions;
}

/**
 * Backpressure: after each batch, every input that can be slowed gets the rate that the job can hold (R156). Spark's
 * RateController.
 */
export class RateController {
  readonly #inputs: readonly { readonly input: ControlledInput; readonly estimator: PIDRateEstimator }[];

  constructor(inputs: readonly ControlledInput[], batchIntervalMs: number, options: PidOptions) {
    this.#inputs = inputs.map((input) => ({ input, estimator: new PIDRateEstimator(batchIntervalMs, options) }));
  }

  /** A batch has completed. */
  completed(batch: BatchInfo): void {
    const { batchInterval, processingEndTime, processingDelay, schedulingDelay, streamIdToInputInfo } = batch;
    if (processingEndTime === null || processingDelay === null || schedulingDelay === null) return;
    for (const { input, estimator } of this.#inputs) {
      const numRecords = streamIdToInputInfo.get(input.id)?.numRecords ?? 0;
      const rate = estimator.compute(processingEndTime, numRecords, processingDelay, schedulingDelay, batchInterval);
      if (rate !== null) input.onRate(rate);
    }
  }
}
