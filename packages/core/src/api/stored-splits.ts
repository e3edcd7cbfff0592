import type { JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { decodeRecord, encodeRecord, keys } from '../checkpoint/layout.ts';
import type { JoinPlan } from '../skew/join-plan.ts';
import type { SplitPlan } from '../skew/split-plan.ts';
import type { SplitPlans } from '../skew/split-plans.ts';

/** Plans for split keys in a checkpoint: they are there from before any output of their batch until it is over. */
export class StoredSplits {
  readonly #job: JobCheckpoint;
  /** Batches of a run that had other rules. */
  readonly #foreign = new Set<number>();
  /** Of the run before, by batch time and shuffle. */
  readonly #found = new Map<number, Map<string, SplitPlan | JoinPlan>>();

  constructor(job: JobCheckpoint) {
    this.#job = job;
  }

  /** Finds what the run before has decided. @param foreign times of batches that were planned under other rules */
  restore(foreign: readonly number[]): void {
    for (const time of foreign) this.#foreign.add(time);
    for (const { key, value } of this.#job.store.entries(['split'])) {
      const [, time, shuffle] = key as [string, number, string];
      const plans = this.#found.get(time) ?? new Map<string, SplitPlan | JoinPlan>();
      this.#found.set(time, plans.set(shuffle, decodeRecord(value)));
      this.#job.expire(time, { kind: 'delete', key });
    }
  }

  /** Where the plans of a batch are kept. */
  of(time: number): SplitPlans {
    return {
      mayBegin: !this.#foreign.has(time),
      known: (shuffle) => this.#found.get(time)?.get(shuffle) ?? null,
      decided: (shuffle, plan) => {
        const key = keys.split(time, shuffle);
        this.#job.expire(time, { kind: 'delete', key });
        return this.#job.store.write([{ kind: 'put', key, value: encodeRecord(plan) }]);
      },
    };
  }

  /** All batches up to a time are over. */
  over(time: number): void {
    for (const found of this.#found.keys()) if (found <= time) this.#found.delete(found);
    for (const foreign of this.#foreign) if (foreign <= time) this.#foreign.delete(foreign);
  }
}
