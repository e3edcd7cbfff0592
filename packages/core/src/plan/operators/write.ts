import { partitionsRdd } from '../../lineage/rdd-ops.ts';
import type { Operator } from '../node.ts';
import { OUTPUT } from './properties.ts';

/** What a task that writes a partition needs to know besides its records. Plain data. */
export interface WriteParameter {
  /** Name of the job, as the driver knows it. */
  readonly job: string;
  /** In a replay: its name. */
  readonly replay?: string;
  readonly numPartitions: number;
}

/**
 * A sink that writes each partition where it is and commits on the driver. Function 0 writes a partition and gives its
 * receipt as the only record; function 1 has the driver's part (`BatchWriter`).
 */
export const write: Operator = {
  kind: 'writeTo',
  properties: OUTPUT,
  runsOn: 'both',
  lower(node, time, planner) {
    const parent = planner.rdd(node.inputs[0], time);
    if (parent === null) return null;
    const scope = planner.scope(node, time);
    const parameter: WriteParameter = { ...planner.writtenBy(time), numPartitions: parent.numPartitions };
    return partitionsRdd(scope, parent, scope.at(0), { parameter });
  },
};
