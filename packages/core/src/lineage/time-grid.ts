import type { PlanNode } from '../plan/node.ts';

/** At which times streams have batches. All in ms. */
export interface TimeGrid {
  /** One interval before the first batch; no stream has a batch at it or before (R1). */
  zeroTime: number;
  /** Whether a stream has a batch at a time. */
  isValid(node: PlanNode, time: number): boolean;
  /** Times of a stream's batches in (from, to], oldest first. */
  times(node: PlanNode, from: number, to: number): number[];
  /** The time of a stream's last batch at or before `time`; the zero time, or what is on its grid before it, if there is none. */
  floor(node: PlanNode, time: number): number;
  /** The longest time between two batches of a stream. */
  longestSlide(node: PlanNode): number;
  /** A batch is planned at a time that was not noted before. */
  note(time: number): void;
}

/** Batches at every multiple of the slide after the zero time (R1). */
export class FixedGrid implements TimeGrid {
  zeroTime = 0;

  isValid(node: PlanNode, time: number): boolean {
    return time > this.zeroTime && (time - this.zeroTime) % node.slideMs === 0;
  }

  times(node: PlanNode, from: number, to: number): number[] {
    const { slideMs } = node;
    const since = Math.max(from, this.zeroTime) - this.zeroTime;
    const times: number[] = [];
    for (let t = this.zeroTime + (Math.floor(since / slideMs) + 1) * slideMs; t <= to; t += slideMs) times.push(t);
    return times;
  }

  floor({ slideMs }: PlanNode, time: number): number {
    return this.zeroTime + Math.floor((time - this.zeroTime) / slideMs) * slideMs;
  }

  longestSlide(node: PlanNode): number {
    return node.slideMs;
  }

  note(): void {}
}

/** Batches at whatever times there are: those of a replay were on some grid when they were first planned. */
export class AnyGrid extends FixedGrid {
  override isValid(): boolean {
    return true;
  }
}

/**
 * For a batch interval that changes while the job runs: streams that have a batch at every batch time have them when they
 * were planned; streams behind a window with a slide of its own keep that slide, which every interval divides.
 */
export class ChangingGrid implements TimeGrid {
  readonly #fixed = new FixedGrid();
  readonly #isFixed: ReadonlySet<string>;
  readonly #longestIntervalMs: number;
  /** How far back anybody looks. */
  keepMs = Number.POSITIVE_INFINITY;
  /** Batch times, oldest first. */
  #planned: number[] = [];

  /**
   * @param fixed names of the streams that keep their slide
   * @param longestIntervalMs the longest batch interval there will be
   */
  constructor(fixed: ReadonlySet<string>, longestIntervalMs: number) {
    this.#isFixed = fixed;
    this.#longestIntervalMs = longestIntervalMs;
  }

  get zeroTime(): number {
    return this.#fixed.zeroTime;
  }

  set zeroTime(time: number) {
    this.#fixed.zeroTime = time;
  }

  isValid(node: PlanNode, time: number): boolean {
    if (this.#isFixed.has(node.name)) return this.#fixed.isValid(node, time);
    return this.#planned[this.#indexAfter(time) - 1] === time;
  }

  times(node: PlanNode, from: number, to: number): number[] {
    if (this.#isFixed.has(node.name)) return this.#fixed.times(node, from, to);
    return this.#planned.slice(this.#indexAfter(from), this.#indexAfter(to));
  }

  floor(node: PlanNode, time: number): number {
    if (this.#isFixed.has(node.name)) return this.#fixed.floor(node, time);
    return this.#planned[this.#indexAfter(time) - 1] ?? this.zeroTime;
  }

  longestSlide(node: PlanNode): number {
    return this.#isFixed.has(node.name) ? node.slideMs : this.#longestIntervalMs;
  }

  note(time: number): void {
    // After a restart batches run again that come before one that could not be planned.
    this.#planned.splice(this.#indexAfter(time), 0, time);
    const old = this.#indexAfter(time - this.keepMs);
    // In strides, since cutting the front off costs as much as what stays.
    if (old > 1024) this.#planned = this.#planned.slice(old);
  }

  /** Index of the first planned time after `time`. */
  #indexAfter(time: number): number {
    let low = 0;
    let high = this.#planned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#planned[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
