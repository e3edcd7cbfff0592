import type { NexmarkEvent } from './events.ts';
import type { NexmarkGenerator } from './generator.ts';

/** All windows of the queries are multiples of it: their longest is 10 s, sliding by 2 s. */
const WINDOW_MS = 10_000;
/** Sessions end 10 s after their last bid, and are looked at every 2 s. */
const DRAIN_MS = 16_000;

/** Events from one number to before another. */
export interface EventRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Which events are in which batch, so that event time is batch time: batch k, from 0, has the events of
 * [base + k·Δ, base + (k+1)·Δ), and its batch time is the end of that where the clock began at the base time.
 */
export class EventBatches {
  readonly #generator: NexmarkGenerator;
  readonly #events: number;
  readonly #intervalMs: number;

  /**
   * @param events how many events there are; batches behind the last are empty
   * @param intervalMs Δ, which divides the 2 s that windows slide by
   * @throws RangeError for events that are not in order, or a time that no window begins at
   */
  constructor(generator: NexmarkGenerator, events: number, intervalMs: number) {
    const { baseTime, outOfOrderGroupSize } = generator.config;
    if (outOfOrderGroupSize !== 1) {
      throw new RangeError(
        `outOfOrderGroupSize is ${outOfOrderGroupSize}: batches are cut by event time, which needs events in order. Give 1.`,
      );
    }
    if (baseTime % WINDOW_MS !== 0) {
      throw new RangeError(`baseTime is ${baseTime}: give a multiple of ${WINDOW_MS} ms, where windows begin.`);
    }
    if (!Number.isSafeInteger(events) || events < 0) throw new RangeError(`There cannot be ${events} events.`);
    if (!Number.isSafeInteger(intervalMs) || intervalMs < 1 || 2000 % intervalMs !== 0) {
      throw new RangeError(`The interval is ${intervalMs} ms: give one that divides 2,000 ms, by which windows slide.`);
    }
    this.#generator = generator;
    this.#events = events;
    this.#intervalMs = intervalMs;
  }

  /** Event time at which the first batch begins, in ms since 1970. */
  get baseTime(): number {
    return this.#generator.config.baseTime;
  }

  /** How many batches have events. */
  get count(): number {
    if (this.#events === 0) return 0;
    const last = this.#generator.timestampOf(this.#events - 1) - this.#generator.config.baseTime;
    return Math.floor(last / this.#intervalMs) + 1;
  }

  /** How many empty batches have to follow until every window, session and auction has ended. */
  get drain(): number {
    return Math.ceil(Math.max(DRAIN_MS, this.#generator.longestAuctionMs + 2000) / this.#intervalMs);
  }

  /** The events of batch k. */
  rangeOf(k: number): EventRange {
    const begin = this.#generator.config.baseTime + k * this.#intervalMs;
    const upTo = (ms: number) => Math.min(this.#generator.firstAt(ms), this.#events);
    return { from: upTo(begin), to: upTo(begin + this.#intervalMs) };
  }

  /** The same events, made. */
  eventsOf(k: number): NexmarkEvent[] {
    const { from, to } = this.rangeOf(k);
    return this.#generator.range(from, to);
  }
}
