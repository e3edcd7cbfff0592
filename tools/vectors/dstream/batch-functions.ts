import { isMainThread } from 'node:worker_threads';
import { error } from '../../../packages/core/src/errors/index.ts';
import type { RDD, StreamingContext } from '../../../packages/core/src/index.ts';
import type { AnyFunction } from '../expression.ts';
import { plannedRecords } from './planned-records.ts';

/**
 * A vector's batch function takes the records of whole batches as arrays; the engine's builds lineage and sees none. So
 * the batches are brought into one partition, and the function is called there.
 *
 * @param fn called with the arrays of all batches
 * @param failsAtPlanning whether what it throws is an error of planning rather than of a task
 */
export function overWholeBatches(
  ssc: StreamingContext,
  rdds: readonly RDD<unknown>[],
  fn: (arrays: unknown[][]) => unknown,
  failsAtPlanning: boolean,
): RDD<unknown> {
  if (isMainThread && refusesOnDriver(rdds, fn, failsAtPlanning)) return null as never;
  const tagged = rdds.map((rdd, i) => rdd.map((record): unknown => [i, record]));
  // One partition is there even when no batch has any: the function runs for empty batches as well.
  const [first, ...rest] = [...tagged, ssc.parallelize<unknown>([], 1)];
  return first
    .union(...rest)
    .coalesce(1)
    .mapPartitions((records) => {
      const arrays: unknown[][] = rdds.map(() => []);
      for (const record of records) {
        const [i, value] = record as [number, unknown];
        arrays[i].push(value);
      }
      return arrayOf(fn(arrays));
    });
}

function arrayOf(result: unknown): unknown[] {
  if (!Array.isArray(result)) throw error('MR_TRANSFORM_RESULT', { operator: 'transform', found: String(result) });
  return result;
}

/**
 * True if the function gives no batch for records that are known on the driver: it then fails where Spark's fails, at
 * planning. So does what it throws, if that belongs there.
 */
function refusesOnDriver(rdds: readonly RDD<unknown>[], fn: AnyFunction, rethrow: boolean): boolean {
  try {
    const arrays = rdds.map(({ node }) => plannedRecords(node));
    if (arrays.includes(null)) return false;
    const result: unknown = fn(structuredClone(arrays));
    return result === null || result === undefined;
  } catch (e) {
    if (rethrow) throw e;
    // It throws in its task, too, and is reported from there.
    return false;
  }
}
