import { isDeepStrictEqual } from 'node:util';
import type { Vector } from './format.ts';

/** A row of a `calls` vector for which the engine does something else than Spark, knowingly. */
interface Difference {
  readonly args: readonly unknown[];
  /** What the vector expects. */
  readonly spark: unknown;
  /** What the row is checked for instead. */
  readonly here: unknown;
  readonly reason: string;
}

/** By operation. A row is taken for one of these only if it expects exactly what is written down here as Spark's. */
const DIFFERENCES: Readonly<Record<string, readonly Difference[]>> = {
  getOrCreate: [
    {
      args: ['corrupted', true, false],
      spark: { result: 'created' },
      here: { error: 'SparkException' },
      reason: 'there is no createOnError: a damaged checkpoint is never begun anew in the same directory',
    },
    {
      args: ['valid', false, true],
      spark: { result: 'recovered', conf: 'engine' },
      here: { result: 'recovered', conf: 'checkpoint' },
      reason: 'the parallelism that state was partitioned by holds on a backend that runs already, too',
    },
  ],
};

/** What a row has to give: what the vector expects, or what is given here instead. */
export function expectedHere({ operation }: Vector, args: readonly unknown[], expected: unknown): unknown {
  return differenceOf(operation, args, expected)?.here ?? expected;
}

/** The rows in which the engine differs from Spark, as lines. */
export function differencesIn(vector: Vector): string[] {
  if (vector.kind !== 'calls') return [];
  return (vector.inputs as readonly (readonly unknown[])[]).flatMap((args, i) => {
    const found = differenceOf(vector.operation, args, (vector.expected as readonly unknown[])[i]);
    return found === undefined ? [] : [`${vector.operation}(${args.join(', ')}): ${found.reason}`];
  });
}

function differenceOf(operation: string, args: readonly unknown[], expected: unknown): Difference | undefined {
  if (!Object.hasOwn(DIFFERENCES, operation)) return undefined;
  return DIFFERENCES[operation].find((d) => isDeepStrictEqual(d.args, args) && isDeepStrictEqual(d.spark, expected));
}
