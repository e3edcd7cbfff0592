import type { Block } from '../data/block.ts';
import { error } from '../errors/index.ts';
import type { InputFlow } from '../events/listener.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';
import { checkedPartitions } from '../lineage/rdd-ops.ts';
import { input } from '../plan/operators/io.ts';
import type { Clock } from '../schedule/clock.ts';
import type { Resource } from '../task/resources.ts';
import { DStream } from './dstream/dstream.ts';
import type { Named } from './options.ts';
import type { RDD } from './rdd/rdd.ts';
import type { StreamingContext } from './streaming-context.ts';
import type { Time } from './time.ts';

/** What a source hands over for one batch. */
export interface SourceBatch {
  readonly partitions: readonly SourcePartition[];
  /** For listeners; counted from the partitions if left out. */
  readonly numRecords?: number;
  /** Facts for listeners; `Description` is what tools show. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What reading a range gives; see `InputOptions.read`. */
export type RangeRecords = Iterable<unknown> | Block | readonly Block[] | AsyncIterable<Block | readonly unknown[]>;

/** What a reader of ranges may use of the worker that it runs in. */
export interface RangeContext {
  /** For waiting and measuring. */
  readonly clock: Clock;
  /** What a resource opens: once in the worker, see `using`. */
  open<C>(resource: Resource<C>): Promise<C>;
}

/** How an input stream is made. */
export interface InputOptions extends Named {
  /**
   * Reads a range inside a task. Gives records, a block, or blocks, or an async iterable of blocks and arrays of records,
   * which flow through the task piece after piece: what is larger than memory should come so. May be async. Needed for
   * batches made of ranges.
   */
  readonly read?: (range: never, context: RangeContext) => RangeRecords | Promise<RangeRecords>;
  /**
   * What kind of source it is; the name of the class unless given. A checkpoint is not gone on with by a source of another kind,
   * which could make nothing of what this one has saved. To be given where names of classes do not last: they are shortened by a
   * bundler, or the class was renamed.
   */
  readonly kind?: string;
}

/**
 * A source of batches, on the driver: the base class of sources of your own. `start` and `stop` are called with the
 * context's; `compute` once for each batch time, in order. Constructing one connects to nothing: workers construct it,
 * too, when they build the plan.
 *
 * @example
 * ```ts
 * class Ticks extends InputDStream<number> {
 *   compute(time: Time) {
 *     return [time.milliseconds];
 *   }
 * }
 * new Ticks(ssc).print();
 * ```
 */
export abstract class InputDStream<T> extends DStream<T> {
  /** 0, 1, 2, … in the order in which the context's inputs were made (R14). */
  readonly id: number;

  constructor(context: StreamingContext, options: InputOptions = {}) {
    const functions: AnyFunction[] = options.read === undefined ? [] : [options.read as AnyFunction];
    const { kind = new.target.name } = options;
    if (typeof kind !== 'string') throw error('MR_OPTION', { option: 'kind', value: kind, rule: 'must be a text' });
    const node = context.addNode({
      operator: input,
      inputs: [],
      slideMs: context.batchDuration.milliseconds,
      functions,
      // A class without a name is of no kind that could be compared.
      params: kind === '' ? {} : { source: kind },
      name: options.name,
    });
    super(context, node);
    this.id = context.registerInput(this);
  }

  /**
   * Called before each batch is planned, for what takes I/O: listing a directory, asking a broker for its newest offsets.
   * The batch waits for it; batch times that become due meanwhile wait as well, and none is skipped. Inputs that do not
   * override it cost nothing. If it rejects, the batch fails; where the job goes on, its time is left out: no stream has a batch then,
   * and no input is asked for one.
   */
  prepare?(time: Time): void | Promise<void>;

  /**
   * For checkpoints: what a batch is made of, as plain data. Asked when the batch is planned, and written down before it
   * runs. An input without it has what `compute` gives stored instead: ranges as they are, records with all that is in them.
   */
  saveBatch?(time: Time): unknown;

  /**
   * After a restart: makes `compute` give a batch again of which `saveBatch` has given this. Called before `start`, for
   * each batch that is remembered, oldest first; `prepare` is not called for these.
   */
  restoreBatch?(time: Time, saved: unknown): void | Promise<void>;

  /** How long what `saveBatch` has given is needed after its batch is over, in ms, where that is longer than windows need it. */
  get savedForMs(): number {
    return 0;
  }

  /**
   * For checkpoints: where the input stands behind the batch that was just planned, as plain data: a count, a position. For
   * inputs whose batches are stored, which after a restart have to go on behind the last one. Asked as well when all inputs
   * have started, where no batch has said it so far: an input that begins at what is newest then gives where that is, so that
   * what comes before a crash without any batch is not passed over; null if it has no place yet.
   */
  saveProgress?(): unknown;

  /**
   * After a restart: what `saveProgress` has given with the last batch that was planned, or when the input had started if there
   * is none. Called before `start`.
   */
  restoreProgress?(saved: unknown): void;

  /**
   * Takes the rate that this input shall not exceed from now on, in records per second. Backpressure calls it after a
   * batch; an input without it is not controlled.
   */
  onRate?(recordsPerSecond: number): void;

  /** How intake goes, for listeners; null for inputs that buffer nothing. */
  flow(): InputFlow | null {
    return null;
  }

  /** Called when the context starts, before the first batch. */
  start(): void | Promise<void> {}

  /** Called when the context stops: no more data is to come in. What was received stays for `compute`. */
  stop(): void | Promise<void> {}

  /** True while there is received data that no batch has got yet: a graceful stop makes batches until there is none. */
  hasPending(): boolean {
    return false;
  }

  /**
   * The batch at a time: records, an RDD, partitions; an empty array for an empty batch; null for no batch, which is
   * something else (R4). Must not wait. Called when it is a time's turn, also where a window reads the batch only later. If it throws,
   * the batch fails; where the job goes on, the input's batch is an empty one for windows.
   */
  abstract compute(time: Time): SourceBatch | RDD<T> | readonly T[] | null;
}

/** The same batch at every interval. */
export class ConstantInputDStream<T> extends InputDStream<T> {
  readonly #batch: RDD<T> | readonly T[];

  constructor(context: StreamingContext, batch: RDD<T> | readonly T[], options: Named = {}) {
    super(context, { name: options.name, kind: 'constant' });
    this.#batch = batch;
  }

  override saveBatch(): null {
    return null;
  }

  override restoreBatch(): void {}

  override compute(): RDD<T> | readonly T[] {
    return this.#batch;
  }
}

/** One entry of a queue: records, an RDD, or sealed blocks, each its own partition. */
export type QueueEntry<T> = readonly T[] | RDD<T> | { readonly blocks: readonly Block[] };

/** Options of `queueStream`. */
export interface QueueOptions<T> extends Named {
  /** One entry for each batch (default), or all that are there. */
  readonly oneAtATime?: boolean;
  /** The batch when the queue is empty; an empty one unless given. Null: no batch. */
  readonly defaultBatch?: QueueEntry<T> | null;
  /** Partitions of a batch of records; 1 unless given. */
  readonly numPartitions?: number;
}

/** Batches from an array that the caller may go on filling. */
export class QueueInputDStream<T> extends InputDStream<T> {
  readonly #queue: QueueEntry<T>[];
  readonly #oneAtATime: boolean;
  readonly #defaultBatch: QueueEntry<T> | null;
  readonly #numPartitions: number;

  constructor(context: StreamingContext, queue: QueueEntry<T>[], options: QueueOptions<T> = {}) {
    super(context, { name: options.name, kind: 'queueStream' });
    this.#queue = queue;
    this.#oneAtATime = options.oneAtATime ?? true;
    this.#defaultBatch = options.defaultBatch === undefined ? [] : options.defaultBatch;
    this.#numPartitions = checkedPartitions('numPartitions', options.numPartitions ?? 1);
  }

  override saveBatch(): null {
    return null;
  }

  /** A queue is made anew by the program: nobody knows how much of it was taken (R72). @throws MR_QUEUE_NOT_RECOVERABLE */
  override restoreBatch(): never {
    throw error('MR_QUEUE_NOT_RECOVERABLE', { stream: this.name });
  }

  override compute(): SourceBatch | RDD<T> | readonly T[] | null {
    if (this.#queue.length === 0) return this.#defaultBatch === null ? null : this.#entry(this.#defaultBatch);
    if (this.#oneAtATime) return this.#entry(this.#queue.shift() as QueueEntry<T>);
    const batches = this.#queue.splice(0).map((e) => this.#entry(e));
    if (batches.length === 1) return batches[0];
    return this.context.unionOfBatches(batches);
  }

  #entry(entry: QueueEntry<T>): SourceBatch | RDD<T> {
    if (Array.isArray(entry)) return { partitions: splitRecords(entry, this.#numPartitions) };
    if (typeof entry !== 'object' || entry === null) {
      throw error('MR_OPTION', {
        option: `An entry of ${this.name}`,
        value: entry,
        rule: 'must be an array of records, an RDD, or { blocks }',
      });
    }
    if ('blocks' in entry) {
      return { partitions: entry.blocks.map((block): SourcePartition => ({ kind: 'blocks', blocks: [block] })) };
    }
    return entry as RDD<T>;
  }
}

/** Records over n partitions: record range of partition p is [floor(p·len/n), floor((p+1)·len/n)). */
export function splitRecords(records: readonly unknown[], n: number): SourcePartition[] {
  if (n === 1) return [{ kind: 'live', records }];
  return Array.from({ length: n }, (_, p) => ({
    kind: 'live',
    records: records.slice(Math.floor((p * records.length) / n), Math.floor(((p + 1) * records.length) / n)),
  }));
}
