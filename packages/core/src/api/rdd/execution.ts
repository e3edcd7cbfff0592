import type { FunctionScope } from '../../lineage/function-scope.ts';
import type { RddNode } from '../../lineage/rdd-node.ts';

/** How actions on an RDD run. There is none inside `transform`, where only lineage is built. */
export interface RddExecution {
  /** Records of each partition; `partitions` picks some. */
  collect(node: RddNode, partitions?: readonly number[]): Promise<readonly (readonly unknown[])[]>;
  /** The first records over all partitions, without moving the rest. */
  take(node: RddNode, limit: number): Promise<readonly unknown[]>;
  /** Record counts of all partitions, without moving records where they are kept. */
  counts(node: RddNode): Promise<readonly number[]>;
  /** Keeps a node's partitions once computed. */
  persist(node: RddNode): void;
  /** Forgets them. */
  unpersist(node: RddNode): void;
}

/** What an RDD handle stands in: where its lineage grows and how its actions run. */
export interface RddSetting {
  readonly scope: FunctionScope;
  readonly defaultParallelism: number;
  readonly execution: RddExecution | null;
  /** The context that the handle belongs to. */
  readonly owner: object;
  /** Name of the operation in whose function the handle lives, for errors. */
  readonly operator: string;
}
