import type { DStream, Named } from '@millrace/core';
import { checkOptions, oneOf, positive } from '../options.ts';
import { HandOver } from './hand-over.ts';
import type { LiveBatch } from './live-batch.ts';

/** Options of `toAsyncIterable`. */
export interface AsyncIterableOptions extends Named {
  /** One record after the other (default), or `{ time, records }` for each batch, empty ones included. */
  readonly unit?: 'record' | 'batch';
  /** Most records, or batches, that wait for the consumer: 10,000 records or 16 batches unless given. */
  readonly maxBuffered?: number;
  /** When so many wait: the batch waits for the consumer (default), or the oldest are thrown away and counted. */
  readonly onFull?: 'wait' | 'dropOldest';
}

/** What `toAsyncIterable` returns: for `for await`, and for `await using`, which lets go of it. */
export interface StreamIterable<R> extends AsyncIterable<R, undefined>, AsyncDisposable {
  /** Records, or batches, that wait for the consumer. */
  readonly buffered: number;
  /** Records, or batches, that were thrown away since the start, by `onFull: 'dropOldest'`. */
  readonly dropped: number;
  /** The next one; a consumer of its own. */
  [Symbol.asyncIterator](): AsyncIterator<R, undefined>;
}

const OPTIONS = ['name', 'unit', 'maxBuffered', 'onFull'];
const MAX_RECORDS = 10_000;
const MAX_BATCHES = 16;

/**
 * A stream's results as an async iterable, on the driver: for what is in the same process, such as a page that is being
 * rendered, a test, or a client of your own.
 *
 * Delivery: in memory, each record at most once, in the order of the batches. A record counts as delivered when it is in
 * the queue; a batch whose other output fails afterwards has been given nevertheless. With `concurrentJobs` above 1
 * batches follow each other as they end.
 *
 * At most `maxBuffered` wait, besides one batch that is being handed over. With `onFull: 'wait'` that batch waits until the consumer
 * has made room, and so do all later ones: a slow consumer slows the job down. This holds before the first consumer has come,
 * too, so that nothing is lost at the start. With `dropOldest` the job never waits and `dropped` counts.
 *
 * Leaving the loop detaches its consumer: when the last one has left, what waits is thrown away, and the job goes on, waits for nobody and computes
 * nothing for this output. A later loop begins with the batch after that. Several loops at once share the records, each
 * record goes to one of them; for all records in each make several iterables.
 *
 * The loop ends when the context has stopped and everything that waited was taken. If a batch or `start()` failed it
 * throws that error then (the same as `awaitTermination`). A `stop()` without grace does not wait for the consumer. A graceful one does, so do not
 * await it inside the loop.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * const live = toAsyncIterable(counts, { maxBuffered: 1000, onFull: 'dropOldest', name: 'live' });
 * async function show() {
 *   for await (const [word, n] of live) console.log(word, n);
 *   console.log('the job has ended;', live.dropped, 'records were dropped');
 * }
 * const shown = show();
 * await ssc.start();
 * ```
 * @example Batch by batch
 * ```ts
 * const batches = toAsyncIterable(counts, { unit: 'batch' });
 * async function firstResult() {
 *   for await (const { time, records } of batches) if (records.length > 0) return { time, records };
 * }
 * ```
 */
export function toAsyncIterable<T>(
  stream: DStream<T>,
  options: AsyncIterableOptions & { readonly unit: 'batch' },
): StreamIterable<LiveBatch<T>>;
export function toAsyncIterable<T>(
  stream: DStream<T>,
  options?: AsyncIterableOptions & { readonly unit?: 'record' },
): StreamIterable<T>;
export function toAsyncIterable<T>(
  stream: DStream<T>,
  options: AsyncIterableOptions = {},
): StreamIterable<T> | StreamIterable<LiveBatch<T>> {
  checkOptions('toAsyncIterable', options, OPTIONS);
  const { unit = 'record', onFull = 'wait', name } = options;
  oneOf('toAsyncIterable: unit', unit, ['record', 'batch']);
  return unit === 'batch'
    ? attach<T, LiveBatch<T>>(stream, options.maxBuffered ?? MAX_BATCHES, onFull, name, (time, records) => [
        { time, records },
      ])
    : attach<T, T>(stream, options.maxBuffered ?? MAX_RECORDS, onFull, name, (_, records) => records);
}

function attach<T, R>(
  stream: DStream<T>,
  maxBuffered: number,
  onFull: 'wait' | 'dropOldest',
  name: string | undefined,
  items: (time: number, records: readonly T[]) => readonly R[],
): StreamIterable<R> {
  const { context } = stream;
  const queue = new HandOver<R>({
    maxBuffered: positive('toAsyncIterable: maxBuffered', maxBuffered),
    onFull: oneOf('toAsyncIterable: onFull', onFull, ['wait', 'dropOldest']),
    clock: context.clock,
  });
  stream.foreachRDD(
    async (rdd, time) => {
      // An RDD that nobody looks at is not computed.
      if (queue.wanted) await queue.offer(items(time.milliseconds, await rdd.collect()));
    },
    { name },
  );
  context.addLifeHooks({
    // The consumer may be the one who awaits the stop.
    stopping: ({ graceful }) => {
      if (!graceful) queue.release();
    },
    end: ({ failure }) => queue.end(failure),
  });
  return {
    get buffered() {
      return queue.size;
    },
    get dropped() {
      return queue.dropped;
    },
    [Symbol.asyncIterator]: () => new Consumer(queue),
    [Symbol.asyncDispose]: async () => queue.close(),
  };
}

/** One loop over the queue. */
class Consumer<R> implements AsyncIterator<R, undefined> {
  readonly #queue: HandOver<R>;

  constructor(queue: HandOver<R>) {
    this.#queue = queue;
    queue.join(this);
  }

  async next(): Promise<IteratorResult<R, undefined>> {
    if (!this.#queue.has(this)) return { done: true, value: undefined };
    try {
      const result = await this.#queue.take(this);
      if (result.done === true) this.#queue.leave(this);
      return result;
    } catch (e) {
      // An iterator throws once and is then at its end.
      this.#queue.leave(this);
      throw e;
    }
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    this.#queue.leave(this);
    return { done: true, value: undefined };
  }
}
