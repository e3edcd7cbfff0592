import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { PlanNode } from '../plan/node.ts';
import type { Batch } from '../schedule/batch.ts';
import type { AccumulatorRegistry } from './accumulator.ts';
import type { BroadcastRegistry } from './broadcast.ts';
import type { DriverExecution } from './driver-execution.ts';
import type { RddSetting } from './rdd/execution.ts';
import { RDD } from './rdd/rdd.ts';
import type { StreamingContext } from './streaming-context.ts';

/** What lineage of the driver needs of a run. */
export interface DriverLineageParts {
  readonly context: StreamingContext;
  readonly planner: BatchPlanner;
  readonly driver: DriverExecution;
  readonly broadcasts: BroadcastRegistry;
  readonly accumulators: AccumulatorRegistry;
}

/** Lineage that the driver builds while a job runs: in outputs, by `slice`, by `parallelize`. */
export class DriverLineage {
  readonly #parts: DriverLineageParts;
  #outside: RddSetting | null = null;

  constructor(parts: DriverLineageParts) {
    this.#parts = parts;
  }

  slice<T>(node: PlanNode, fromMs: number, toMs: number): RDD<T>[] {
    const { planner } = this.#parts;
    const { grid } = planner;
    // Both ends are included, each after it was moved down to a batch time (R60).
    const from = grid.floor(node, fromMs);
    const setting = this.setting('slice', toMs);
    const out: RDD<T>[] = [];
    for (const time of grid.times(node, from - 1, toMs)) {
      const rdd = planner.rdd(node, time);
      if (rdd === null) continue;
      planner.keep(rdd, time + planner.rememberOf(node));
      out.push(new RDD<T>(rdd, setting));
    }
    return out;
  }

  /** Where lineage of RDDs made outside of batches grows now; a new place after each batch, so that none grows for ever. */
  get outside(): RddSetting {
    this.#outside ??= this.setting('parallelize', 0);
    return this.#outside;
  }

  /** Where lineage that the driver builds outside of `transform` grows, and how it runs. */
  setting(operator: string, time: number, batch: Batch | null = null): RddSetting {
    const { driver, planner, context, broadcasts, accumulators } = this.#parts;
    return driver.setting(context, operator, time, context.defaultParallelism, {
      broadcasts: batch?.broadcasts ?? broadcasts.current(),
      baseOf: (node) => planner.stateBase(node),
      attempts: batch?.attempts,
      plans: batch?.plans,
      record: (result, states) => {
        if (batch !== null) batch.record(result, states);
        // Outside of a batch nothing commits later: what tasks added counts at once.
        else for (const { values } of result.accumulated) accumulators.apply(values);
      },
    });
  }

  /** Batches up to a time are over. */
  forget(time: number): void {
    this.#parts.driver.forget(time);
    this.#outside = null;
  }

  /** Ends it. @returns what went wrong with closing, in words */
  close(): Promise<string[]> {
    return this.#parts.driver.close();
  }
}
