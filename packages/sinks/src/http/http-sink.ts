import type { Backoff, DStream, Duration, SinkPartition } from '@millrace/core';
import { checkedBackoff, durationMs, seededRandom } from '@millrace/core/connector';
import { checkOptions, oneOf, positive } from '../options.ts';
import { type Chunk, chunksOf, type HttpFormat } from './chunks.ts';
import { type PostOptions, post } from './post.ts';
import { type HttpHeaders, Target } from './target.ts';

/** Where to send batches, and how. */
export interface HttpSinkOptions {
  /** An http: or https: URL. A user name and password in it are sent as Basic authorization. */
  readonly url: string | URL;
  /** Name of the output: unique in the job, part of every idempotency key. */
  readonly name?: string;
  /** Headers of each request, or a function that makes them in the worker. Never shown anywhere. */
  readonly headers?: HttpHeaders;
  /** `json`: an array in each request; `ndjson`: a line for each record. `json` unless given. */
  readonly format?: HttpFormat;
  /** Most records of a request; 500 unless given. */
  readonly batchSize?: number;
  /** Most bytes of a request; 1 MiB unless given. */
  readonly maxBatchBytes?: number;
  /** Requests at the same time for each partition; 1 unless given, which keeps the order of the records. */
  readonly concurrency?: number;
  /** How long an answer may take, up to its last byte; 30 s unless given. A number is milliseconds. */
  readonly timeout?: Duration | number;
  /** How often a request is made again; 5 unless given. */
  readonly retries?: number;
  /** How long to wait before that; 200 ms to 10 s unless given. */
  readonly backoff?: Backoff;
  /** Longest wait that a Retry-After of the server is granted; 1 minute unless given. */
  readonly maxRetryAfter?: Duration | number;
}

const OPTIONS = [
  'url',
  'name',
  'headers',
  'format',
  'batchSize',
  'maxBatchBytes',
  'concurrency',
  'timeout',
  'retries',
  'backoff',
  'maxRetryAfter',
] as const satisfies readonly (keyof HttpSinkOptions)[];

/**
 * Sends each batch by POST, as JSON, in requests of bounded size, from where its partitions are.
 *
 * Delivery: at least once. Every request has an `Idempotency-Key` made of job, output, batch time, partition and number of
 * the request, which is the same whenever it is made again: a server that takes a key once gets every record exactly once.
 *
 * Network errors, timeouts and the answers 408, 425, 429 and 5xx are tried again, after a random and growing wait, or as long
 * as Retry-After asks for. Any other answer that is no success fails the batch, with its status and the beginning of its
 * text. Redirects are not followed. The batch waits for all answers, so a server that slows down slows the job down.
 *
 * @throws MR_OPTION, MR_DURATION; the batch fails with MR_SINK_FAILED or MR_NOT_ENCODABLE
 * @example
 * ```ts
 * httpSink(counts, {
 *   url: endpoint, // a URL
 *   headers: () => ({ authorization: `Bearer ${process.env['TOKEN']}` }),
 *   format: 'ndjson',
 *   name: 'counts-to-endpoint',
 * });
 * ```
 */
export function httpSink<T>(stream: DStream<T>, options: HttpSinkOptions): void {
  checkOptions('httpSink', options, OPTIONS);
  const { url, name, headers = {}, format = 'json' } = options;
  oneOf('httpSink: format', format, ['json', 'ndjson']);
  const { batchSize = 500, maxBatchBytes = 2 ** 20, concurrency = 1, retries = 5 } = options;
  const { timeout = 30_000, backoff, maxRetryAfter = 60_000 } = options;
  if (backoff !== undefined) checkOptions('httpSink: backoff', backoff, ['initial', 'max']);
  const target = new Target(url, headers, format === 'json' ? 'application/json' : 'application/x-ndjson');
  const cut = {
    format,
    batchSize: positive('httpSink: batchSize', batchSize),
    maxBatchBytes: positive('httpSink: maxBatchBytes', maxBatchBytes),
  };
  const lanes = positive('httpSink: concurrency', concurrency);
  const how = {
    timeoutMs: durationMs(timeout, 'httpSink: timeout'),
    retries: positive('httpSink: retries', retries, 0),
    backoff: checkedBackoff('httpSink: backoff', backoff, 200),
    maxRetryAfterMs: durationMs(maxRetryAfter, 'httpSink: maxRetryAfter', { allowZero: true }),
  };
  stream.writeTo(
    {
      kind: 'httpSink',
      async write(records, partition) {
        const chunks = chunksOf(records, { ...cut, sink: partition.output });
        return sendAll(target, chunks, lanes, partition, how);
      },
    },
    name === undefined ? {} : { name },
  );
}

/** Sends chunks, so many at a time, until all are taken or one is refused. How many there were. */
async function sendAll(
  target: Target,
  chunks: Iterator<Chunk>,
  lanes: number,
  partition: SinkPartition,
  how: Pick<PostOptions, 'timeoutMs' | 'retries' | 'backoff' | 'maxRetryAfterMs'>,
): Promise<number> {
  const stop = new AbortController();
  let failure: { readonly reason: unknown } | null = null;
  let sent = 0;
  const lane = async () => {
    try {
      for (;;) {
        const { done, value } = chunks.next();
        if (done === true || failure !== null) return;
        const key = keyOf(partition, value.index);
        const { output, clock } = partition;
        const options = { ...how, sink: output, clock, random: seededRandom(key), signal: stop.signal };
        await post(target, key, value.body, options);
        sent += 1;
      }
    } catch (reason) {
      failure ??= { reason };
      // The others are given up: the batch has failed.
      stop.abort(reason);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure !== null) throw (failure as { reason: unknown }).reason;
  return sent;
}

/** What names a request: never the attempt. */
function keyOf({ job, output, time, partition }: SinkPartition, index: number): string {
  return [job, output, time.milliseconds, partition, index].map((part) => encodeURIComponent(part)).join('/');
}
