import { describe, error } from '../../errors/index.ts';
import type { LineageBuilder } from '../../plan/operators/transform.ts';
import type { StreamingContext } from '../streaming-context.ts';
import { Time } from '../time.ts';
import { RDD } from './rdd.ts';

/**
 * Wraps a user's batch function: handles on the input batches in, lineage out. Runs on the driver when a batch is planned
 * and in a worker that needs the functions it makes.
 */
export function lineageBuilder(
  context: StreamingContext,
  operator: string,
  f: (rdds: RDD<unknown>[], time: Time) => RDD<unknown>,
): LineageBuilder {
  return (scope, parents, time) => {
    const setting = {
      scope,
      defaultParallelism: context.defaultParallelism,
      execution: null,
      owner: context,
      operator,
    };
    const result = context.within(setting, () =>
      f(
        parents.map((node) => new RDD<unknown>(node, setting)),
        new Time(time),
      ),
    );
    if (!(result instanceof RDD))
      throw error('MR_TRANSFORM_RESULT', { operator: scope.operator, found: describe(result) });
    return result.node;
  };
}
