import { hashPartitioner, type Partitioner } from '../../data/partitioner.ts';
import { error } from '../../errors/index.ts';
import type { AnyFunction, FnRef } from '../../lineage/function-scope.ts';
import type { PartitionerRef, RddNode, StepKind } from '../../lineage/rdd-node.ts';
import { checkedPartitions, stepRdd } from '../../lineage/rdd-ops.ts';
import type { Partitioning } from '../../plan/partitioning.ts';
import { checkFunction } from '../check-function.ts';
import type { RddExecution, RddSetting } from './execution.ts';
import type { RDD } from './rdd.ts';

/** An immutable handle on lineage: what all RDDs have. */
export abstract class RddBase<out T> {
  readonly node: RddNode;
  /** Where lineage grows and how actions run; for the engine. */
  readonly setting: RddSetting;
  /** The type of the records; never a value. */
  declare readonly recordType: T;

  constructor(node: RddNode, setting: RddSetting) {
    this.node = node;
    this.setting = setting;
  }

  /** How many partitions there are. */
  get numPartitions(): number {
    return this.node.numPartitions;
  }

  /** What partitions the pairs by key; null if nothing is known to. */
  get partitioner(): Partitioner | null {
    return this.node.partitioner;
  }

  /** The lineage of RDDs that an operation puts together with this one. @throws MR_MIXED_CONTEXTS, MR_OPTION */
  protected nodesOf(operator: string, others: readonly RddBase<unknown>[]): RddNode[] {
    return others.map((other) => {
      if (!(other instanceof RddBase))
        throw error('MR_OPTION', { option: `${operator}: other`, value: other, rule: 'must be an RDD' });
      if (other.setting.owner !== this.setting.owner) throw error('MR_MIXED_CONTEXTS', { operator });
      return other.node;
    });
  }

  /** A handle on further lineage. */
  protected next<U>(node: RddNode): RDD<U> {
    return new (this.constructor as new (node: RddNode, setting: RddSetting) => RDD<U>)(node, this.setting);
  }

  /** Checks a function and registers it; its address. */
  protected fn(operator: string, parameter: string, fn: AnyFunction): FnRef {
    checkFunction(operator, parameter, fn);
    return this.setting.scope.register(fn);
  }

  protected step<U>(kind: StepKind, fn: AnyFunction): RDD<U> {
    return this.next<U>(stepRdd(this.setting.scope, this.node, kind, this.fn(kind, 'f', fn)));
  }

  /** The partitioner that options mean: given, a number, that of the RDD itself, or the default parallelism. */
  protected layout(options: Partitioning): { readonly partitioner: Partitioner; readonly ref: PartitionerRef } {
    const { partitioner = this.#defaultPartitioner(options.numPartitions) } = options;
    const { numPartitions } = partitioner;
    if (partitioner.kind === 'hash') return { partitioner, ref: { kind: 'hash', numPartitions } };
    const fn = this.setting.scope.register((key: unknown) => partitioner.getPartition(key));
    return { partitioner, ref: { kind: 'custom', numPartitions, name: partitioner.name ?? partitioner.kind, fn } };
  }

  /** How actions run here. @throws MR_ACTION_IN_TRANSFORM where only lineage is built */
  protected execute(action: string): RddExecution {
    const { execution, operator, scope } = this.setting;
    // Lineage of a context that was not started has the scope that all its RDDs share.
    if (execution === null && scope.time === 0) throw error('MR_NOT_INITIALIZED', { what: `${action}()` });
    if (execution === null) throw error('MR_ACTION_IN_TRANSFORM', { action, operator });
    return execution;
  }

  #defaultPartitioner(numPartitions: number | undefined): Partitioner {
    if (numPartitions !== undefined) return hashPartitioner(checkedPartitions('numPartitions', numPartitions));
    return this.node.partitioner ?? hashPartitioner(this.setting.defaultParallelism);
  }
}
