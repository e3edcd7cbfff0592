import type { BackendSession } from '../backend/contract.ts';
import { recordsOf } from '../backend/graph-run.ts';
import { runAction } from '../lineage/action-runner.ts';
import { type BatchPlanner, isKept } from '../lineage/batch-planner.ts';
import { isReady } from '../lineage/lineage-reads.ts';
import { needsPast } from '../lineage/needs-past.ts';
import type { ProgramRegistry } from '../lineage/program-registry.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { ActionSink } from '../lineage/stage-cutter.ts';
import type { GraphResult } from '../lineage/stage-graph.ts';
import type { Batch, OutputJob } from '../schedule/batch.ts';
import { OperatorFailure } from '../task/operator-failure.ts';
import { Resources } from '../task/resources.ts';
import { type BatchWriter, batchWriter, type SinkPartition } from './batch-sink.ts';
import { type DeadLetter, type DeadLetterPolicy, toDeadLetter } from './on-error.ts';
import { inOutputOf, outputBatch } from './output-scope.ts';
import type { RddSetting } from './rdd/execution.ts';
import { RDD } from './rdd/rdd.ts';
import type { StreamingContext } from './streaming-context.ts';
import { Time } from './time.ts';

/** What running outputs needs of a job. */
export interface OutputRunnerParts {
  readonly context: StreamingContext;
  readonly planner: BatchPlanner;
  readonly registry: ProgramRegistry;
  readonly session: BackendSession;
  /** How lineage that an output's function derives on the driver runs. */
  readonly driverSetting: (operator: string, time: number, batch: Batch) => RddSetting;
}

/** Runs the outputs of batches on a backend: functions over whole batches, functions where partitions are, sinks. */
export class OutputRunner {
  readonly #parts: OutputRunnerParts;
  readonly #resources: Resources;

  constructor(parts: OutputRunnerParts) {
    this.#parts = parts;
    this.#resources = new Resources(parts.context.clock);
  }

  /** True inside an output's function: who waits there for the batch waits for itself. */
  get inOutput(): boolean {
    return outputBatch() !== null;
  }

  /** Runs one output of a batch. `earlier` are the batches that have not ended yet. */
  async run(batch: Batch, job: OutputJob, earlier: readonly Batch[]): Promise<void> {
    const { output, rdd } = job;
    // State and cached batches of the past are in time order, whatever else runs at once.
    if (earlier.length > 0 && needsPast(rdd)) await Promise.all(earlier.map((b) => b.done));
    if (output.operator.runsOn === 'partitions') {
      const fn = `${output.name}#0`;
      await this.#action(batch, rdd, { kind: 'foreach', fn, operator: output.name }, true);
      return;
    }
    if (output.operator.runsOn === 'both') {
      await this.#write(batch, job, earlier);
      return;
    }
    const { planner, driverSetting } = this.#parts;
    if (!isKept(rdd)) planner.keep(rdd, batch.time);
    const setting = driverSetting(output.name, batch.time, batch);
    await inOutputOf(batch, () => output.functions[0](new RDD(rdd, setting), new Time(batch.time)));
  }

  /**
   * Computes what has to go on with each batch, though no output of it has looked at it.
   *
   * @param again true if a worker has died since: state that had gone on with the batch may have died with it
   */
  async advance(batch: Batch, earlier: readonly Batch[], again = false): Promise<void> {
    if (batch.advances.length > 0) await Promise.all(earlier.map((b) => b.done));
    // An output that did not look at its batch, or has none at this time, must not make state miss the batch's data.
    for (const rdd of batch.advances) {
      const { op } = rdd;
      if (op.kind !== 'state') {
        if (!isReady(rdd)) await this.#action(batch, rdd, { kind: 'none' });
      } else if (!batch.states.has(op.node)) {
        await this.#action(batch, rdd, { kind: 'none' });
      } else if (again) {
        // It has counted when it was computed first.
        await this.#run(batch, rdd, { kind: 'none' });
      }
    }
  }

  /** An output that writes partitions where they are and commits here. */
  async #write(batch: Batch, { output, rdd }: OutputJob, earlier: readonly Batch[]): Promise<void> {
    const { context } = this.#parts;
    const about = {
      ...this.#parts.planner.writtenBy(batch.time),
      output: output.name,
      time: new Time(batch.time),
      numPartitions: rdd.numPartitions,
    };
    const writePartitions = async () => {
      const { partitions } = await this.#action(batch, rdd, { kind: 'records' }, true);
      return partitions.map((records) => recordsOf(records)[0]);
    };
    await inOutputOf(batch, () =>
      (output.functions[1] as BatchWriter)(
        about,
        writePartitions,
        () => Promise.all(earlier.map((b) => b.done)),
        (message) => context.warn(message),
      ),
    );
  }

  /** Writes the records of a batch that failed and are to be kept: all outputs have run, and nothing has committed yet. */
  async deadLetters(batch: Batch, earlier: readonly Batch[]): Promise<void> {
    const { context } = this.#parts;
    const letters = new Map<DeadLetterPolicy, DeadLetter[]>();
    const { replay } = this.#parts.planner.writtenBy(batch.time);
    const failedIn = replay === undefined ? {} : { replay };
    for (const { operator, raw } of batch.letters()) {
      const policy = context.errorPolicyOf(context.plan.node(operator)) as DeadLetterPolicy;
      const list = letters.get(policy) ?? [];
      letters.set(policy, list);
      list.push(toDeadLetter(raw, { operator, time: batch.time, job: context.name, ...failedIn }));
    }
    for (const [policy, list] of letters) {
      const about = {
        ...this.#parts.planner.writtenBy(batch.time),
        output: policy.name,
        time: new Time(batch.time),
        numPartitions: 1,
      };
      const partition: SinkPartition = {
        ...about,
        partition: 0,
        clock: context.clock,
        open: async (resource) => this.#resources.get(resource),
      };
      const write = async () => {
        try {
          return [(await policy.sink.write(list, partition)) ?? null];
        } catch (e) {
          throw new OperatorFailure(policy.name, e);
        }
      };
      const turn = () => Promise.all(earlier.map((b) => b.done));
      await inOutputOf(batch, () => batchWriter(policy.sink)(about, write, turn, (message) => context.warn(message)));
    }
  }

  /** Closes what sinks on the driver have opened. @returns what went wrong, in words */
  close(): Promise<string[]> {
    return this.#resources.close();
  }

  /** Runs an action, and books what it gave. @param writes true if the action's own tasks write to the outside */
  async #action(batch: Batch, rdd: RddNode, sink: ActionSink, writes = false): Promise<GraphResult> {
    const { result, states } = await this.#run(batch, rdd, sink, writes);
    batch.record(result, states);
    return result;
  }

  #run(batch: Batch, rdd: RddNode, sink: ActionSink, writes = false): ReturnType<typeof runAction> {
    const { session, registry, planner } = this.#parts;
    return runAction(session, rdd, sink, {
      registry,
      time: batch.time,
      broadcasts: batch.broadcasts,
      baseOf: (node) => planner.stateBase(node),
      attempts: batch.attempts,
      plans: batch.plans,
      writes,
    });
  }
}
