import { error } from '../errors/index.ts';

/** What steers a PID rate estimator. Names and defaults are those of `spark.streaming.backpressure.pid.*`. */
export interface PidOptions {
  /** Weight of the error, the difference between the last rate and the rate of processing. At least 0; 1 unless given. */
  readonly proportional?: number;
  /** Weight of what has piled up: the scheduling delay. At least 0; 0.2 unless given. */
  readonly integral?: number;
  /** Weight of the change of the error. At least 0; 0 unless given. Spark's key is spelt `derived`. */
  readonly derivative?: number;
  /** Records per second that are never undercut. Above 0; 100 unless given. */
  readonly minRate?: number;
}

/**
 * The rate at which a job can take records in, from how its last batches went (R156 to R158):
 *
 *     error      = last rate - processing rate
 *     historical = scheduling delay × processing rate / batch interval
 *     rate       = max(minRate, last rate - P error - I historical - D change of error per second)
 *
 * Spark's PIDRateEstimator.
 *
 * @example
 * ```ts
 * const estimator = new PIDRateEstimator(1000);
 * estimator.compute(1000, 1000, 500, 0); // null: the first batch only primes it
 * estimator.compute(2000, 1000, 800, 200); // 1200
 * ```
 */
export class PIDRateEstimator {
  readonly #batchIntervalMs: number;
  readonly #options: Required<PidOptions>;
  #latestTime = -1;
  #latestRate = -1;
  #latestError = -1;
  #first = true;

  /** @throws MR_OPTION for values out of range */
  constructor(batchIntervalMs: number, options: PidOptions = {}) {
    const { proportional = 1, integral = 0.2, derivative = 0, minRate = 100 } = options;
    above('batch interval of a rate estimator', batchIntervalMs);
    for (const [name, value] of Object.entries({ proportional, integral, derivative })) {
      if (!(value >= 0))
        throw error('MR_OPTION', { option: `backpressure: ${name}`, value, rule: 'must be a number of at least 0' });
    }
    above('backpressure: minRate', minRate);
    this.#batchIntervalMs = batchIntervalMs;
    this.#options = { proportional, integral, derivative, minRate };
  }

  /**
   * The new rate after a batch, in records per second; null when the batch says nothing: the first one, and any without
   * records, without processing time, or not later than the one before (R157).
   * @param timeMs when processing ended
   * @param numRecords records of the batch
   * @param processingDelayMs how long it took
   * @param schedulingDelayMs how long it had waited
   * @param batchIntervalMs the interval now, where it changes while the job runs
   */
  compute(
    timeMs: number,
    numRecords: number,
    processingDelayMs: number,
    schedulingDelayMs: number,
    batchIntervalMs: number = this.#batchIntervalMs,
  ): number | null {
    if (!(timeMs > this.#latestTime && numRecords > 0 && processingDelayMs > 0)) return null;
    const { proportional, integral, derivative, minRate } = this.#options;
    const secondsSince = (timeMs - this.#latestTime) / 1000;
    const processingRate = (numRecords / processingDelayMs) * 1000;
    const error = this.#latestRate - processingRate;
    const historicalError = (schedulingDelayMs * processingRate) / batchIntervalMs;
    const dError = (error - this.#latestError) / secondsSince;
    const rate = Math.max(
      minRate,
      this.#latestRate - proportional * error - integral * historicalError - derivative * dError,
    );
    this.#latestTime = timeMs;
    if (this.#first) {
      this.#first = false;
      this.#latestRate = processingRate;
      this.#latestError = 0;
      return null;
    }
    this.#latestRate = rate;
    this.#latestError = error;
    return rate;
  }
}

function above(option: string, value: number): void {
  if (!(value > 0)) throw error('MR_OPTION', { option, value, rule: 'must be a number above 0' });
}
