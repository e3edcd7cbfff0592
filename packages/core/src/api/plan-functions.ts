import { customPartitioner, hashPartitioner, namedBucketPartitioner, type Partitioner } from '../data/partitioner.ts';
import { error } from '../errors/index.ts';
import { type AnyFunction, FunctionScope, type ScopeRebuild } from '../lineage/function-scope.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import type { LineageBuilder } from '../plan/operators/transform.ts';
import type { PartitioningParams } from '../plan/partitioning.ts';
import type { Plan } from '../plan/plan.ts';
import type { StateLogic } from '../state/state-logic.ts';
import type { PlanFunctions } from '../task/function-source.ts';

/** A context's plan as tasks see it. Driver and workers each have one, from their own run of the program. */
export class ContextPlanFunctions implements PlanFunctions {
  readonly #plan: Plan;
  readonly #shared: FunctionScope;
  readonly #logic = new Map<string, StateLogic>();

  /** @param shared the scope of RDDs made outside of any batch, by `ssc.parallelize` */
  constructor(plan: Plan, shared: FunctionScope) {
    this.#plan = plan;
    this.#shared = shared;
  }

  functionsOf(node: string): readonly AnyFunction[] {
    return node === this.#shared.id ? this.#shared.functions : this.#plan.node(node).functions;
  }

  stateLogic(name: string): StateLogic {
    let logic = this.#logic.get(name);
    if (logic === undefined) {
      const node = this.#plan.node(name);
      if (node.operator.stateLogic === undefined) throw new TypeError(`${name} has no state`);
      logic = node.operator.stateLogic(node);
      this.#logic.set(name, logic);
    }
    return logic;
  }

  rebuild(rebuild: ScopeRebuild): { readonly functions: readonly AnyFunction[]; readonly trace: string } {
    const node = this.#plan.node(rebuild.node);
    const inputs = rebuild.inputs.map((shape, i) => shapedLike(shape, node.inputs[i].name, rebuild.time, this.#plan));
    const scope = new FunctionScope({
      id: `${node.name}@${rebuild.time}`,
      operator: node.name,
      time: rebuild.time,
      rebuild,
    });
    (node.functions[0] as LineageBuilder)(scope, inputs, rebuild.time);
    return { functions: scope.functions, trace: scope.trace };
  }
}

/** A batch that looks like the driver's: as many partitions, partitioned alike. It is never computed. */
function shapedLike(shape: ScopeRebuild['inputs'][number], name: string, time: number, plan: Plan): RddNode {
  const scope = new FunctionScope({ id: name, operator: name, time });
  const partitions = Array.from({ length: shape.numPartitions }, () => ({ kind: 'live', records: [] }) as const);
  return sourceRdd(scope, partitions, null, parsePartitioner(shape.partitioner, plan));
}

/** The partitioner that `describePartitioner` described. */
function parsePartitioner(text: string | null, plan: Plan): Partitioner | null {
  if (text === null) return null;
  const hash = /^hash\((\d+)\)$/.exec(text);
  if (hash !== null) return hashPartitioner(Number(hash[1]));
  const buckets = /^buckets\((.*), (\d+)\)$/.exec(text);
  if (buckets !== null) return namedBucketPartitioner(Number(buckets[2]), buckets[1] as string);
  const custom = /^custom\((.*), (\d+)\)$/s.exec(text);
  if (custom === null) return null;
  const [, name, size] = custom;
  return customPartitioner(Number(size), (key) => choiceOf(plan, name, Number(size))(key), name);
}

/** The function of a custom partitioner, which key operations inside a transform inherit from their input. */
function choiceOf(plan: Plan, name: string, size: number): AnyFunction {
  for (const node of plan.nodes) {
    const partitioning = node.params.partitioning as PartitioningParams | undefined;
    if (partitioning?.kind === 'custom' && partitioning.name === name && partitioning.numPartitions === size)
      return node.functions[partitioning.fn];
  }
  throw error('MR_OPTION', {
    option: 'partitioner',
    value: 'undefined',
    rule: `inside a transform must be given where pairs lie by the partitioner ${name} of another transform`,
  });
}
