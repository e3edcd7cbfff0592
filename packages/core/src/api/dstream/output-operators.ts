import { error } from '../../errors/index.ts';
import { foreachPartition, foreachRDD } from '../../plan/operators/io.ts';
import { checkAnyFunction } from '../check-function.ts';
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
   */
  foreachPartition(
    f: (records: ArrayIterator<T>, partition: number) => void | Promise<void>,
    options: Named = {},
  ): void {
    checkAnyFunction('foreachPartition', 'f', f);
    this.context.addOutput({
      operator: foreachPartition,
      inputs: [this.node],
      slideMs: this.node.slideMs,
      functions: [f],
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
