import { error } from '../../errors/index.ts';
import type { AnyFunction } from '../../lineage/function-scope.ts';
import type { Operator, PlanNode } from '../../plan/node.ts';
import { type Partitioning, partitioningParams } from '../../plan/partitioning.ts';
import { type AggregateSkewOptions, checkedAggregateSkew } from '../../plan/skew-option.ts';
import type { OnError } from '../on-error.ts';
import type { StreamingContext } from '../streaming-context.ts';
import { Duration } from '../time.ts';
import type { DStream } from './dstream.ts';

/** What a fluent method says about the node that it adds. */
export interface Derivation {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly functions?: readonly AnyFunction[];
  readonly name?: string;
  /** Further inputs after this stream. */
  readonly others?: readonly StreamBase<unknown>[];
  /** For windows; else the slide of this stream. */
  readonly slideMs?: number;
  /** True if the user gave the slide. */
  readonly fixedSlide?: boolean;
}

/** An immutable handle on a plan node: what all streams have. */
export abstract class StreamBase<out T> {
  /** The context that the stream belongs to. */
  readonly context: StreamingContext;
  /** The node of the plan that this handle stands for. */
  readonly node: PlanNode;
  /** The type of the records; never a value. */
  declare readonly recordType: T;

  constructor(context: StreamingContext, node: PlanNode, onError: OnError | null = null) {
    this.ownErrorPolicy = onError;
    this.context = context;
    this.node = node;
  }

  /** What becomes of records that fail in the operators called on this handle. */
  get errorPolicy(): OnError {
    return this.ownErrorPolicy ?? this.context.errorPolicyOf(this.node);
  }

  /** Set on handles that `onError` made. */
  protected readonly ownErrorPolicy: OnError | null;

  /** The stream's name: stable, unique in its job. */
  get name(): string {
    return this.node.name;
  }

  /** Time between two batches of this stream: the batch interval, or the slide of the last window (R2). */
  get slideDuration(): Duration {
    return new Duration(this.node.slideMs);
  }

  /** The streams that this one is computed from. */
  get dependencies(): readonly DStream<unknown>[] {
    return this.node.inputs.map((input) => this.context.streamOf(input));
  }

  /** Adds a node behind this one. All fluent methods end here. */
  protected derive<U>(operator: Operator, derivation: Derivation = {}): DStream<U> {
    return this.context.streamOf<U>(this.deriveNode(operator, derivation));
  }

  protected deriveNode(operator: Operator, derivation: Derivation = {}): PlanNode {
    const { params, functions, name, others = [], slideMs = this.node.slideMs, fixedSlide } = derivation;
    checkCompatible(operator.kind, [this, ...others]);
    const node = this.context.addNode({
      operator,
      inputs: [this.node, ...others.map((o) => o.node)],
      slideMs,
      fixedSlide,
      params,
      functions,
      name,
    });
    this.context.setErrorPolicy(node, this.errorPolicy);
    return node;
  }

  /** Params and functions of an operator that moves pairs by key. */
  protected keyed(options: Partitioning, functions: readonly AnyFunction[]): Pick<Derivation, 'params' | 'functions'> {
    const all = [...functions];
    const partitioning = partitioningParams(options, all);
    return { params: { partitioning }, functions: all };
  }

  /** The same, of an operator that aggregates by key. @param merges whether its aggregate can merge @throws MR_OPTION */
  protected aggregating(
    operator: string,
    options: Partitioning & AggregateSkewOptions,
    functions: readonly AnyFunction[],
    merges = true,
  ): Pick<Derivation, 'params' | 'functions'> {
    const keyed = this.keyed(options, functions);
    const skew = checkedAggregateSkew(operator, options, merges);
    return skew === 'auto' ? keyed : { ...keyed, params: { ...keyed.params, skew } };
  }
}

/** Streams that meet must be of one context and have one slide (R6). */
export function checkCompatible(operator: string, streams: readonly StreamBase<unknown>[]): void {
  const [first] = streams;
  if (streams.some((s) => s.context !== first.context)) throw error('MR_MIXED_CONTEXTS', { operator });
  const slides = new Set(streams.map((s) => s.node.slideMs));
  if (slides.size > 1) throw error('MR_SLIDE_MISMATCH', { operator, slides: streams.map((s) => s.node.slideMs) });
}
