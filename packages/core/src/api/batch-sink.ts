import { error, isMillraceError } from '../errors/index.ts';
import type { WriteParameter } from '../plan/operators/write.ts';
import type { Clock } from '../schedule/clock.ts';
import { followTask } from '../task/context.ts';
import type { PartitionContext } from '../task/partition-context.ts';
import type { Resource } from '../task/resources.ts';
import { Later } from '../task/slot-services.ts';
import { checkAnyFunction } from './check-function.ts';
import { Time } from './time.ts';

/** A batch, as a sink sees it. Job, output and time name it: the same batch run again has the same ones. */
export interface SinkBatch {
  /** Name of the job. */
  readonly job: string;
  /** Name of the output. */
  readonly output: string;
  /** The batch time. */
  readonly time: Time;
  /** How many partitions the batch has. */
  readonly numPartitions: number;
  /**
   * Set where dead letters of the batch are replayed: what is written belongs beside what the batch has written, not in its
   * place. The same letters have the same text. `job` has it as well, so that a key with the job's name is another one.
   */
  readonly replay?: string;
}

/** A partition of a batch, as a sink sees it where the partition is. */
export interface SinkPartition extends SinkBatch {
  /** Number of the partition, from 0. */
  readonly partition: number;
  /** For waiting and measuring. */
  readonly clock: Clock;
  /** What a resource opens: once in the worker, see `using`. */
  open<C>(resource: Resource<C>): Promise<C>;
}

/**
 * Where the batches of a stream are written: each partition where it lies, then one commit on the driver.
 *
 *     driver   prepare ──┐                        ┌──► commit(receipts)
 *     workers            ├─ write(partition 0) ───┤
 *                        └─ write(partition 1) ───┘    or abort
 *
 * A partition may be written more than once: a task is tried again, a worker dies, the batch runs again after a restart.
 * What tells one write from another is job, output, batch time and partition, never the attempt. A sink that makes the
 * second write replace the first one writes everything exactly once.
 *
 * `write` runs in workers, which build the plan themselves: it depends on its arguments and on imports. The other functions
 * run on the driver.
 */
export interface BatchSink<T, R = unknown> {
  /** What `explain` and the names of unnamed outputs call it: `httpSink`, then `httpSink-1`. `writeTo` unless given. */
  readonly kind?: string;
  /** Before any partition is written. If it throws, the batch fails; nothing else is called. */
  prepare?(batch: SinkBatch): void | Promise<void>;
  /**
   * Writes the records of a partition; they can be gone through once.
   * @returns a small receipt for `commit`; it crosses threads, so it is plain data. Without one `commit` gets null
   */
  write(records: Iterable<T>, partition: SinkPartition): R | Promise<R>;
  /** After all partitions were written, in order of batch time: the receipts by partition. */
  commit?(batch: SinkBatch, receipts: readonly R[]): void | Promise<void>;
  /** When a partition could not be written, or `commit` has thrown: the batch fails with that error. */
  abort?(batch: SinkBatch, reason: unknown): void | Promise<void>;
}

/** The driver's part of a sink, as the run of a job calls it. */
export type BatchWriter = (
  batch: SinkBatch,
  writePartitions: () => Promise<readonly unknown[]>,
  turn: () => Promise<unknown>,
  warn: (message: string) => void,
) => Promise<void>;

/** Refuses what is no sink. @throws MR_OPTION, MR_NOT_A_FUNCTION */
export function checkSink(operator: string, sink: BatchSink<never>): void {
  if (typeof sink !== 'object' || sink === null) {
    throw error('MR_OPTION', {
      option: `${operator}: sink`,
      value: sink,
      rule: 'must be an object with a write function',
    });
  }
  const { kind } = sink;
  if (kind !== undefined && !(typeof kind === 'string' && /^\w+$/.test(kind)))
    throw error('MR_OPTION', { option: `${operator}: kind`, value: kind, rule: 'must be a word' });
  checkAnyFunction(operator, 'write', sink.write);
  for (const name of ['prepare', 'commit', 'abort'] as const)
    if (sink[name] !== undefined) checkAnyFunction(operator, name, sink[name]);
}

/** The partition function of a sink: one record, the receipt. */
export function partitionWriter<T, R>(sink: BatchSink<T, R>) {
  return (records: readonly T[], context: PartitionContext): Later => {
    const { partition, time, operator, parameter, services } = context;
    const { clock } = services;
    const { job, numPartitions, replay } = parameter as WriteParameter;
    const about: SinkPartition = {
      job,
      output: operator,
      time: new Time(time),
      numPartitions,
      ...(replay === undefined ? {} : { replay }),
      partition,
      clock,
      open: (resource) => services.open(resource),
    };
    return new Later(followTask(async () => [(await sink.write(records.values(), about)) ?? null]));
  };
}

/** The driver's part of a sink. */
export function batchWriter<T, R>(sink: BatchSink<T, R>): BatchWriter {
  return async (batch, writePartitions, turn, warn) => {
    await named(batch, 'preparing', () => sink.prepare?.(batch));
    try {
      const receipts = (await writePartitions()) as readonly R[];
      // Batches may be written at the same time; what the outside sees of them is in order.
      await turn();
      await named(batch, 'committing', () => sink.commit?.(batch, receipts));
    } catch (e) {
      try {
        await sink.abort?.(batch, e);
      } catch (cause) {
        warn(`the sink ${batch.output} could not abort the batch of ${batch.time}: ${String(cause)}`);
      }
      throw e;
    }
  };
}

/** Puts the output's name on an error of the driver's part. Those of partitions have it already. */
async function named(batch: SinkBatch, doing: string, work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    const reason = `${doing} the batch of ${batch.time}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw error('MR_SINK_FAILED', { sink: batch.output, reason: reason.replace(/\.+$/, '') }, { cause });
  }
}
