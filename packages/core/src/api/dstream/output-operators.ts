import { error } from '../../errors/index.ts';
import { foreachPartition, foreachRDD } from '../../plan/operators/io.ts';
import { write } from '../../plan/operators/write.ts';
import { type PartitionOutput, partitionOutput } from '../../task/partition-output.ts';
import type { Resource } from '../../task/resources.ts';
import { checkedResource } from '../async-options.ts';
import { type BatchSink, batchWriter, checkSink, partitionWriter } from '../batch-sink.ts';
import { checkAnyFunction } from '../check-function.ts';
import { checkOptionNames } from '../check-options.ts';
import type { Named } from '../options.ts';
import { formatBatch } from '../print.ts';
import type { RDD } from '../rdd/rdd.ts';
import type { Time } from '../time.ts';
import { StateOperators } from './state-operators.ts';

/** Outputs: nothing runs without one (R8). They run in definition order, one batch after the other (R9). */
export abstract class OutputOperators<out T> extends StateOperators<T> {
  /**
   * A function over each batch, on the driver; it may be async and the batch waits for it. A function that never uses
   * its RDD computes nothing (R8).
   * @example
   * ```ts
   * counts.foreachRDD(async (rdd, time) => console.log(time.milliseconds, await rdd.collect()));
   * ```
   */
  foreachRDD(f: (rdd: RDD<T>, time: Time) => void | Promise<void>, options: Named = {}): void {
    checkAnyFunction('foreachRDD', 'f', f);
    this.context.addOutput({
      operator: foreachRDD,
      inputs: [this.node],
      slideMs: this.node.slideMs,
      functions: [f],
      ...options,
    });
  }

  /**
   * A function over each partition, where the partition is: on the threads backend in its worker. It may be async and the
   * batch waits for it. The way to write results without moving them through the driver.
   *
   * A partition may be written more than once: its task is tried again, or its worker dies. Job, batch time and partition
   * are the same each time.
   * @param f gets the records, the number of the partition, and about it: the batch time, how many partitions there are,
   *   and `client`, if the option `using` brings one
   * @param options `using`: opened once in each worker and closed when the job stops
   * @throws MR_NOT_A_FUNCTION, MR_OPTION
   * @example
   * ```ts
   * const store = using(() => new Map<string, number>(), (map) => map.clear());
   * counts.foreachPartition((records, partition, { client }) => {
   *   for (const [word, n] of records) client.set(word, n);
   * }, { using: store });
   * ```
   */
  foreachPartition<C = undefined>(
    f: (records: ArrayIterator<T>, partition: number, about: PartitionOutput<C>) => void | Promise<void>,
    options: Named & { readonly using?: Resource<C> } = {},
  ): void {
    checkAnyFunction('foreachPartition', 'f', f);
    checkOptionNames('foreachPartition', options, ['name', 'using']);
    const { name } = options;
    const using = checkedResource('foreachPartition', options.using);
    this.context.addOutput({
      operator: foreachPartition,
      inputs: [this.node],
      slideMs: this.node.slideMs,
      functions: [partitionOutput(f, using)],
      params: using === null ? {} : { using: using.name },
      name,
    });
  }

  /**
   * Writes each batch to a sink: every partition where it is, then one commit on the driver. See `BatchSink`. The other
   * outputs of a batch run before or after it, in the order of definition.
   *
   * Delivery is that of the sink: a batch that fails or runs again is written again, under the same job, output, batch time
   * and partition. When writing fails the batch fails, not the process.
   * @param options `name`: part of what names a write, so give one where writes must be told apart after a change
   * @throws MR_NOT_A_FUNCTION, MR_OPTION; the batch fails with MR_SINK_FAILED or MR_TASK_FAILED
   * @example
   * ```ts
   * const sums = new Map<number, number>();
   * numbers.writeTo(
   *   {
   *     write: (records) => [...records].reduce((a, b) => a + b, 0),
   *     commit: ({ time }, receipts) => void sums.set(time.milliseconds, receipts.reduce((a, b) => a + b, 0)),
   *   },
   *   { name: 'sums' },
   * );
   * ```
   */
  writeTo<R>(sink: BatchSink<T, R>, options: Named = {}): void {
    checkSink('writeTo', sink);
    checkOptionNames('writeTo', options, ['name']);
    this.context.addOutput({
      operator: sink.kind === undefined ? write : { ...write, kind: sink.kind },
      inputs: [this.node],
      slideMs: this.node.slideMs,
      functions: [partitionWriter(sink), batchWriter(sink)],
      ...options,
    });
  }

  /**
   * The first records of each batch on the console, under a header with the batch time.
   * @param num how many records, 10 unless given
   * @param options `write`: where the text goes instead of the console
   */
  print(num = 10, options: Named & { readonly write?: (text: string) => void } = {}): void {
    if (!Number.isInteger(num) || num < 0) {
      throw error('MR_OPTION', { option: 'print: num', value: num, rule: 'must be a whole number of at least 0' });
    }
    const { write = (text: string) => void process.stdout.write(text), ...named } = options;
    this.foreachRDD(async (rdd, time) => write(formatBatch(await rdd.take(num + 1), time, num)), named);
  }
}
