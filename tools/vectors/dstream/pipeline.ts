import {
  type DStream,
  milliseconds,
  type Pair,
  type RDD,
  type StreamingContext,
} from '../../../packages/core/src/index.ts';
import { TestSource } from '../../../packages/core/src/testing/index.ts';
import { functionOf } from '../expression.ts';
import type { OtherStream, Stage, Vector } from '../format.ts';
import { overWholeBatches } from './batch-functions.ts';
import { mapWithStateStage, updateStage } from './state-stages.ts';

/** What a vector's pipeline ends in. */
export interface Built {
  readonly output: DStream<unknown>;
  /** Snapshots of the last `mapWithState`, where there is one. */
  readonly state: DStream<unknown> | null;
  /** The stream behind each stage. */
  readonly stages: readonly DStream<unknown>[];
}

/** What a pipeline is made from. */
export type PipelineVector = Pick<Vector, 'params' | 'inputs' | 'inputs2' | 'inputs3' | 'pipeline' | 'expectedError'>;

type Pairs = DStream<Pair<unknown, unknown>>;

/**
 * Builds the sources and the pipeline of a vector. The same vector gives the same plan on every thread.
 * @param source the first source, where the vector's inputs are no batches
 */
export function buildPipeline(ssc: StreamingContext, vector: PipelineVector, source?: DStream<unknown>): Built {
  const builder = new PipelineBuilder(ssc, vector, source);
  return builder.build(vector.pipeline ?? []);
}

class PipelineBuilder {
  readonly #ssc: StreamingContext;
  readonly #vector: PipelineVector;
  /** Whether what a batch function throws belongs to planning, as it does in Spark, where it builds the batch. */
  readonly #failsAtPlanning: boolean;
  readonly #sources = new Map<string, DStream<unknown>>();
  #state: DStream<unknown> | null = null;

  constructor(ssc: StreamingContext, vector: PipelineVector, source?: DStream<unknown>) {
    this.#ssc = ssc;
    this.#vector = vector;
    if (source !== undefined) this.#sources.set('inputs', source);
    this.#failsAtPlanning = vector.expectedError?.phase === 'jobGeneration';
  }

  build(pipeline: readonly Stage[]): Built {
    const stages: DStream<unknown>[] = [];
    let output = this.#source('inputs');
    for (const stage of pipeline) {
      output = this.#stage(output, { ...this.#defaults(stage), ...stage });
      stages.push(output);
    }
    return { output, state: this.#state, stages };
  }

  /** Some vectors give a stage's numbers in `params` only. */
  #defaults(stage: Stage): Partial<Stage> {
    const { numPartitions, rememberPartitioner, initialState, timeoutMs, windowMs, slideMs } = this.#vector
      .params as Partial<Stage>;
    if (stage.op === 'repartition') return { numPartitions };
    if (stage.op.includes('State')) return { numPartitions, rememberPartitioner, initialState, timeoutMs };
    return /window/i.test(stage.op) ? { windowMs, slideMs } : {};
  }

  #source(name: string): DStream<unknown> {
    let source = this.#sources.get(name);
    if (source === undefined) {
      const batches = (this.#vector as unknown as Record<string, readonly (readonly unknown[] | null)[] | undefined>)[
        name
      ];
      if (batches === undefined) throw new TypeError(`the vector has no ${name}`);
      const numPartitions = (this.#vector.params.numInputPartitions as number | undefined) ?? 1;
      source = new TestSource<unknown>(this.#ssc, batches, { name, numPartitions });
      this.#sources.set(name, source);
    }
    return source;
  }

  #other(other: OtherStream | undefined): DStream<unknown> {
    if (other === undefined) throw new TypeError('the stage has no other stream');
    return other.pipeline.reduce((stream, stage) => this.#stage(stream, stage), this.#source(other.source));
  }

  #others(stage: Stage): DStream<unknown>[] {
    return (stage.others ?? (stage.other === undefined ? [] : [stage.other])).map((o) => this.#other(o));
  }

  #stage(stream: DStream<unknown>, stage: Stage): DStream<unknown> {
    const result = this.#element(stream, stage) ?? this.#pair(stream as Pairs, stage) ?? this.#window(stream, stage);
    if (result === null) throw new TypeError(`the operator ${stage.op} has no adapter`);
    return result;
  }

  #batchFunction(rdds: readonly RDD<unknown>[], fn: (arrays: unknown[][]) => unknown): RDD<unknown> {
    return overWholeBatches(this.#ssc, rdds, fn, this.#failsAtPlanning);
  }

  #element(stream: DStream<unknown>, stage: Stage): DStream<unknown> | null {
    const ssc = this.#ssc;
    const fn = () => functionOf(stage.fn, 'fn');
    switch (stage.op) {
      case 'map': {
        const f = fn();
        return stream.map((record): unknown => f(record));
      }
      case 'flatMap': {
        const f = fn();
        return stream.flatMap((record): Iterable<unknown> => f(record));
      }
      case 'filter': {
        const f = fn();
        return stream.filter((record) => f(record));
      }
      case 'mapPartitions': {
        const f = fn();
        return stream.mapPartitions((records) => f([...records]));
      }
      case 'reduce':
        return stream.reduce(fn());
      case 'glom':
        return stream.glom();
      case 'count':
        return stream.count();
      case 'countByValue':
        return stream.countByValue();
      case 'repartition':
        return stream.repartition(stage.numPartitions as number);
      case 'union':
      case 'ssc.union':
        return ssc.union([stream, ...this.#others(stage)]);
      case 'transform': {
        const f = fn();
        return stream.transform((rdd, time) => this.#batchFunction([rdd], ([batch]) => f(batch, time.milliseconds)));
      }
      case 'transformWith': {
        const f = fn();
        return stream.transformWith(this.#other(stage.other), (a, b, time) =>
          this.#batchFunction([a, b], ([x, y]) => f(x, y, time.milliseconds)),
        );
      }
      case 'ssc.transform': {
        const f = fn();
        return ssc.transform([stream, ...this.#others(stage)], (rdds, time) =>
          this.#batchFunction(rdds, (arrays) => f(arrays, time.milliseconds)),
        );
      }
      default:
        return null;
    }
  }

  #pair(stream: Pairs, stage: Stage): DStream<unknown> | null {
    const layout = { numPartitions: stage.numPartitions };
    const other = () => this.#other(stage.other) as Pairs;
    switch (stage.op) {
      case 'mapValues':
        return stream.mapValues(functionOf(stage.fn, 'fn'));
      case 'flatMapValues':
        return stream.flatMapValues(functionOf(stage.fn, 'fn'));
      case 'reduceByKey':
        return stream.reduceByKey(functionOf(stage.fn, 'fn'), layout);
      case 'groupByKey':
        return stream.groupByKey(layout);
      case 'combineByKey':
        return stream.combineByKey(
          functionOf(stage.createFn, 'createFn'),
          functionOf(stage.mergeValueFn, 'mergeValueFn'),
          functionOf(stage.mergeCombinersFn, 'mergeCombinersFn'),
          layout,
        );
      case 'cogroup':
        return stream.cogroup(other(), layout);
      case 'join':
        return stream.join(other(), layout);
      case 'leftOuterJoin':
        return stream.leftOuterJoin(other(), layout);
      case 'rightOuterJoin':
        return stream.rightOuterJoin(other(), layout);
      case 'fullOuterJoin':
        return stream.fullOuterJoin(other(), layout);
      case 'updateStateByKey':
        return updateStage(stream, stage);
      case 'mapWithState': {
        const mapped = mapWithStateStage(stream, stage);
        this.#state = mapped.stateSnapshots();
        return stage.output === 'stateSnapshots' ? this.#state : mapped;
      }
      default:
        return null;
    }
  }

  #window(stream: DStream<unknown>, stage: Stage): DStream<unknown> | null {
    const pairs = stream as Pairs;
    const window = milliseconds(stage.windowMs as number);
    const slide = typeof stage.slideMs === 'number' ? milliseconds(stage.slideMs) : undefined;
    const layout = { numPartitions: stage.numPartitions };
    const inverse = typeof stage.invFn !== 'string' ? {} : { inverse: functionOf(stage.invFn, 'invFn') };
    switch (stage.op) {
      case 'window':
        return stream.window(window, slide);
      case 'reduceByWindow':
        return stream.reduceByWindow(functionOf(stage.fn, 'fn'), window, slide, inverse);
      case 'countByWindow':
        return stream.countByWindow(window, slide);
      case 'countByValueAndWindow':
        return stream.countByValueAndWindow(window, slide, layout);
      case 'groupByKeyAndWindow':
        return pairs.groupByKeyAndWindow(window, slide, layout);
      case 'reduceByKeyAndWindow': {
        const filter = typeof stage.filterFn !== 'string' ? {} : { filter: functionOf(stage.filterFn, 'filterFn') };
        return pairs.reduceByKeyAndWindow(functionOf(stage.fn, 'fn'), window, slide, {
          ...layout,
          ...inverse,
          ...filter,
        });
      }
      default:
        return null;
    }
  }
}
