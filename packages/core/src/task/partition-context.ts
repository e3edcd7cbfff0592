import type { SlotServices } from './slot-services.ts';

/** Second argument of a function over whole partitions. */
export interface PartitionContext {
  readonly partition: number;
  /** Batch time in ms. */
  readonly time: number;
  /** Text that is equal for the same node and batch time: random operators seed from it and the partition. */
  readonly seed: string;
  readonly parameter: unknown;
  readonly decision: unknown;
  /** Name of the plan node, for errors. */
  readonly operator: string;
  readonly services: SlotServices;
}
