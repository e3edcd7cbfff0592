import { type Drift, estimate, type Row } from '@millrace/bench';
import type { LineCounter } from './engines.ts';
import { latenciesOf, type TookCounts } from './latency-counts.ts';
import { firstThatHolds } from './smallest-interval.ts';
import { countLines } from './socket-load.ts';
import { sustains, sustainsWithEase } from './timed-batch.ts';

const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** For how long lines are sent, and when an engine that does not keep up is given up. */
export interface RunTime {
  readonly measureMs: number;
  readonly giveUpMs: number;
}

/** Somebody who counts lines that come at a rate, with what was found. */
export class SocketContender {
  /** As reports show it. */
  readonly title: string;
  readonly counter: LineCounter;
  readonly #rate: number;
  readonly #ladder: readonly number[];
  #intervalMs = 0;
  /** Runs in which it did not sustain its interval. */
  #behind = 0;
  readonly #runs: TookCounts[] = [];

  /** @param ladder intervals in ms, of which it gets the first that it holds with ease; empty: it has no batches */
  constructor(counter: LineCounter, rate: number, ladder: readonly number[]) {
    this.counter = counter;
    this.title = `${counter.title}, ${rate.toLocaleString('en')} lines/s`;
    this.#rate = rate;
    this.#ladder = ladder;
  }

  /**
   * @param first a short look, which most intervals do not pass
   * @param then runs as they are measured, which it has to hold as well: what is held for seconds may not be held for ten
   * @throws Error where no interval of the ladder is held with ease
   */
  async findInterval(first: RunTime, then: readonly RunTime[]): Promise<void> {
    if (this.#ladder.length === 0) return;
    const holds = async (intervalMs: number) => {
      for (const how of [first, ...then]) {
        const found = await countLines(this.counter, { ...how, rate: this.#rate, intervalMs });
        if (found.missing > 0 || !sustainsWithEase(found.batches, intervalMs)) return false;
      }
      return true;
    };
    const interval = await firstThatHolds(holds, this.#ladder);
    if (interval === null) throw new Error(`${this.title}: not even ${this.#ladder.at(-1)} ms are held with ease here`);
    this.#intervalMs = interval;
  }

  /** A run that counts. @throws Error where it was given up */
  async measure(how: RunTime): Promise<void> {
    const intervalMs = this.#intervalMs;
    const found = await countLines(this.counter, { ...how, rate: this.#rate, intervalMs });
    if (found.missing > 0)
      throw new Error(`${this.title}: ${found.missing} lines were missing when it was given up, at ${intervalMs} ms`);
    this.#runs.push(found.took);
    if (this.#ladder.length > 0 && !sustains(found.batches, intervalMs)) this.#behind += 1;
  }

  /** In ms, of each run. */
  get p99s(): number[] {
    return this.#runs.map((run) => latenciesOf(run).quantile(0.99));
  }

  rows(suite: string, drift: Drift): Row[] {
    const late = this.#behind === 0 ? {} : { note: `fell behind in ${this.#behind} of ${this.#runs.length} runs` };
    const row = { suite, unit: 'ms', better: 'lower', ...late } as const;
    const drifted = drift.drifted(this.title) ? { drifted: true } : {};
    const latencies = QUANTILES.map(([name, q]): Row => {
      const samples = this.#runs.map((run) => latenciesOf(run).quantile(q));
      const histogram = name === 'p50' ? { histogram: latenciesOf(...this.#runs).encode() } : {};
      return {
        ...row,
        contender: `${this.title}: ${name}`,
        metric: 'latency',
        ...estimate(samples),
        samples,
        ...drifted,
        ...histogram,
      };
    });
    if (this.#ladder.length === 0) return latencies;
    const samples = [this.#intervalMs];
    const metric = 'interval that is held with ease';
    return [{ ...row, contender: this.title, metric, ...estimate(samples), samples }, ...latencies];
  }
}
