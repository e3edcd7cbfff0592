import { error } from '../errors/catalog.ts';

/** What Time and Duration have in common: a number of milliseconds, and order. */
abstract class Millis {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  less(that: this): boolean {
    return this.milliseconds < that.milliseconds;
  }

  lessEq(that: this): boolean {
    return this.milliseconds <= that.milliseconds;
  }

  greater(that: this): boolean {
    return this.milliseconds > that.milliseconds;
  }

  greaterEq(that: this): boolean {
    return this.milliseconds >= that.milliseconds;
  }

  /** Whether the milliseconds are a multiple of the duration's; a Time counts from zero here, not from a context's start. */
  isMultipleOf(that: Duration): boolean {
    return this.milliseconds % that.milliseconds === 0;
  }

  min(that: this): this {
    return this.milliseconds <= that.milliseconds ? this : that;
  }

  max(that: this): this {
    return this.milliseconds >= that.milliseconds ? this : that;
  }

  /** `1000 ms` */
  toString(): string {
    return `${this.milliseconds} ms`;
  }

  /** Makes `<`, `>` and `-` work on the milliseconds. (`===` still compares objects: use `milliseconds`.) */
  valueOf(): number {
    return this.milliseconds;
  }

  /** Plain milliseconds in JSON. */
  toJSON(): number {
    return this.milliseconds;
  }
}

/**
 * A span of time in milliseconds; immutable. Made by `milliseconds`, `seconds` and `minutes`. It may be zero, negative
 * or fractional as a result of arithmetic; where the engine is given one, `durationMs` checks it. Methods and their
 * results are those of Spark's Duration.
 */
export class Duration extends Millis {
  plus(that: Duration): Duration {
    return new Duration(this.milliseconds + that.milliseconds);
  }

  minus(that: Duration): Duration {
    return new Duration(this.milliseconds - that.milliseconds);
  }

  times(factor: number): Duration {
    return new Duration(this.milliseconds * factor);
  }

  /** How many times `that` fits into this one, with fractions. */
  div(that: Duration): number {
    return this.milliseconds / that.milliseconds;
  }

  isZero(): boolean {
    return this.milliseconds === 0;
  }

  /** For people: `200 ms`, `1.5 s`, `2.0 m`, `1.25 h` (Spark's Utils.msDurationToString). */
  prettyPrint(): string {
    const ms = this.milliseconds;
    // Spark divides in single precision, which decides how halves round.
    const inUnits = (unit: number, digits: number): string => Math.fround(Math.fround(ms) / unit).toFixed(digits);
    if (ms < 1000) return `${ms} ms`;
    if (ms < 60_000) return `${inUnits(1000, 1)} s`;
    if (ms < 3_600_000) return `${inUnits(60_000, 1)} m`;
    return `${inUnits(3_600_000, 2)} h`;
  }
}

/**
 * A point in time in milliseconds since 1970, as batches are named by; immutable. Methods and their results are those of
 * Spark's Time.
 */
export class Time extends Millis {
  plus(that: Duration): Time {
    return new Time(this.milliseconds + that.milliseconds);
  }

  /** Time - Time is the Duration between, Time - Duration an earlier Time. */
  minus(that: Time): Duration;
  minus(that: Duration): Time;
  minus(that: Time | Duration): Time | Duration {
    const ms = this.milliseconds - that.milliseconds;
    return that instanceof Time ? new Duration(ms) : new Time(ms);
  }

  /** The last point of the grid of `step` that is not after this one. The grid runs through `zero` (default: time 0). */
  floor(step: Duration, zero: Time = new Time(0)): Time {
    const since = this.milliseconds - zero.milliseconds;
    return new Time(zero.milliseconds + Math.floor(since / step.milliseconds) * step.milliseconds);
  }

  /** This time, and on in steps, before `end`. @throws MR_DURATION unless the step is positive */
  until(end: Time, step: Duration): Time[] {
    return this.#range(step, (ms) => ms < end.milliseconds);
  }

  /** This time, and on in steps, up to and including `end`. @throws MR_DURATION unless the step is positive */
  to(end: Time, step: Duration): Time[] {
    return this.#range(step, (ms) => ms <= end.milliseconds);
  }

  #range(step: Duration, inside: (ms: number) => boolean): Time[] {
    // A step of zero would never arrive.
    const stepMs = durationMs(step, 'The step of a range of times');
    const times: Time[] = [];
    for (let ms = this.milliseconds; inside(ms); ms += stepMs) times.push(new Time(ms));
    return times;
  }
}

/** A Duration of so many milliseconds. */
export function milliseconds(n: number): Duration {
  return new Duration(n);
}

/** A Duration of so many seconds. */
export function seconds(n: number): Duration {
  return new Duration(n * 1000);
}

/** A Duration of so many minutes. */
export function minutes(n: number): Duration {
  return new Duration(n * 60_000);
}

/**
 * The milliseconds of a duration that the engine is given; a bare number counts as milliseconds.
 * @param name what the error calls it: `batchInterval`, `The window of reduceByKeyAndWindow`
 * @param options `allowZero`: whether 0 is fine, as for delays; default false
 * @throws MR_DURATION when it is not finite, negative, zero where that is not allowed, or has a fraction of a millisecond
 */
export function durationMs(d: Duration | number, name: string, options: { readonly allowZero?: boolean } = {}): number {
  // By shape, since a job may hold a Duration of another copy of this package.
  const ms: unknown = typeof d === 'object' && d !== null ? d.milliseconds : d;
  const least = options.allowZero === true ? 0 : 1;
  if (Number.isSafeInteger(ms) && (ms as number) >= least) return (ms as number) + 0;
  throw error('MR_DURATION', { name, value: ms ?? d });
}
