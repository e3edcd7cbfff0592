import { ReceiverInputDStream, type SourceBatch, type StreamingContext, type Time } from '@millrace/core';
import { type HttpOptions, httpSettings } from './http-options.ts';
import { type HttpAddress, HttpReceiver } from './http-receiver.ts';
import { mergePartitions } from './merge-partitions.ts';

/** A batch is merged into about so many partitions for each that the context computes at a time. */
const PARTITIONS_PER_SLOT = 2;

/**
 * Batches of what is posted over HTTP: the program is the server.
 *
 * What a body is read as follows its Content-Type. `application/json`: an array is many records, anything else is one.
 * `application/x-ndjson`: a record in each line that is not blank. `text/plain`: a record for each line, a string. It may be packed
 * with gzip, zstd or deflate. A request is all or nothing: one mistake in it, and none of its records is taken.
 *
 * | Answer | When |
 * | --- | --- |
 * | 202 `{ "accepted": n }` | the records are stored, and will be processed also when the job is stopped gracefully now |
 * | 400 | the body is broken; the reason names the line or the position |
 * | 401, 403 | no token or a wrong one; the function says no |
 * | 404, 405, 415 | another path, another method than POST, a Content-Type or Content-Encoding that is not known |
 * | 413, 431 | the body, also when it is unpacked, or the head is too long |
 * | 408 | the request took longer to arrive than `requestTimeout` |
 * | 429 | the rate limit or a bound of the buffer is met; Retry-After says when to come back, in seconds |
 * | 503 | the receiver is being stopped |
 *
 * **Delivery.** A sender that repeats what got no 202 loses nothing. One that got no answer at all does not know: repeated records may
 * then be there twice.
 *
 * **Bounds.** A body is held in memory as a whole, since it is all or nothing: at most `maxBodyBytes` for each of
 * `maxConnections`, and `maxBytesInFlight` for all of them together, beyond which bodies get 429; besides, up to four at a time are being
 * unpacked. What is stored and waits is bounded by `maxBufferedRecords` and `maxBufferedBytes`; the JSON counts with the bytes of its text.
 *
 * **Safety.** It listens on 127.0.0.1 unless told otherwise; elsewhere it asks for `auth`, for certificates, or for `insecure: true`. Neither the token nor a
 * private key appears in errors, warnings or `explain`.
 *
 * Small requests that follow each other share partitions. With `runOn: 'worker'` bodies are read and parsed off the driver's thread.
 *
 * @throws MR_OPTION, MR_DURATION, MR_UNSAFE_LISTEN; at start MR_LISTEN when the port cannot be had
 * @example
 * ```ts
 * interface Reading { sensor: string; value: number }
 * const readings = httpStream<Reading>(ssc, { port: 0, path: '/readings', maxRate: 10_000 });
 * readings.map((r) => [r.sensor, r.value]).reduceByKey((a, b) => Math.max(a, b)).print();
 * await ssc.start();
 * const { url } = await readings.listening; // 'http://127.0.0.1:49152/readings'
 * await fetch(url, {
 *   method: 'POST',
 *   headers: { 'content-type': 'application/json' },
 *   body: JSON.stringify([{ sensor: 'a', value: 20.5 }]),
 * });
 * ```
 */
export function httpStream(
  ssc: StreamingContext,
  options: HttpOptions<string> & { readonly format: 'text' },
): HttpInputDStream<string>;
export function httpStream<T = unknown>(ssc: StreamingContext, options: HttpOptions<T>): HttpInputDStream<T>;
export function httpStream<T>(ssc: StreamingContext, options: HttpOptions<T>): HttpInputDStream<T> {
  return new HttpInputDStream<T>(ssc, options);
}

/** The stream that `httpStream` makes. */
export class HttpInputDStream<T> extends ReceiverInputDStream<T> {
  /** Resolves with the address, and the real port, when the stream listens; rejects when it cannot. */
  readonly listening: Promise<HttpAddress>;
  readonly #listening: PromiseWithResolvers<HttpAddress>;
  #address: HttpAddress | null = null;

  /** See `httpStream`. */
  constructor(ssc: StreamingContext, options: HttpOptions<T>) {
    const settings = httpSettings(options);
    const { name, runOn, blockInterval, maxRate, maxBufferedRecords, maxBufferedBytes, restartDelay } = options;
    super(ssc, () => new HttpReceiver<T>(settings), {
      name,
      runOn,
      blockInterval,
      maxRate,
      maxBufferedRecords,
      maxBufferedBytes,
      restartDelay,
    });
    this.#listening = Promise.withResolvers<HttpAddress>();
    this.listening = this.#listening.promise;
    // `start()` reports it, too.
    this.listening.catch(() => {});
  }

  /**
   * Where it listens now; null before the start. With port 0 and `runOn: 'worker'` the port is another one after a worker was
   * lost; a restart in the same thread keeps it.
   */
  get address(): HttpAddress | null {
    return this.#address;
  }

  override async start(): Promise<void> {
    try {
      await super.start();
    } catch (e) {
      this.#listening.reject(e);
      throw e;
    }
  }

  override onAnnounced(fact: unknown): void {
    this.#address = fact as HttpAddress;
    this.#listening.resolve(this.#address);
  }

  override compute(time: Time): SourceBatch {
    const batch = super.compute(time);
    const count = PARTITIONS_PER_SLOT * this.context.defaultParallelism;
    return { ...batch, partitions: mergePartitions(batch.partitions, count) };
  }
}
