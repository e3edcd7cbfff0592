import type { Clock } from '@millrace/core';
import { delay, error } from '@millrace/core/connector';
import { type Asking, type Fetched, isKafkaFailure, type KafkaPort, untilReached } from '@millrace/kafka';
import { type Decoding, decodeRecords, type KafkaRecord } from './kafka-record.ts';
import type { KafkaRange } from './offset-range.ts';

/** What becomes of offsets that are not there any more. */
export type OnDataLoss = 'fail' | 'earliest' | 'latest';

/** How ranges are read. */
export interface ReadSettings<K, V> extends Decoding<K, V> {
  /** Brokers, as they may be shown. */
  readonly brokers: string;
  /** Most bytes that one fetch brings, and about as many are unpacked at a time; two are in memory, beside the records of one. */
  readonly maxBytes: number;
  /** How long brokers may be away, in ms. */
  readonly retryForMs: number;
  readonly onDataLoss: OnDataLoss;
  /** Counts offsets that were not there any more. */
  readonly lost: (count: number) => void;
}

/** How long a broker may wait where it says that there is more and has nothing, in ms. */
const WAIT_MS = 100;

/**
 * Reads the records of a range, exactly: each that the isolation level shows, none before and none behind. Pieces come as the
 * brokers give them, the next one on its way while one is worked on. It ends by position: offsets have gaps.
 *
 * @throws MR_KAFKA_OFFSETS_LOST, MR_KAFKA_TOPIC_CHANGED, MR_BAD_RECORD, and what `untilReached` throws
 */
export async function* readRange<K, V>(
  port: KafkaPort,
  range: KafkaRange,
  clock: Clock,
  settings: ReadSettings<K, V>,
): AsyncGenerator<KafkaRecord<K, V>[], void, undefined> {
  const { untilOffset, topic, partition } = range;
  const { stream: what, brokers, retryForMs } = settings;
  const asking: Asking = { what, brokers, clock, retryForMs };
  let coming = range.fromOffset < untilOffset ? fetchFrom(port, range, range.fromOffset, asking, settings) : null;
  while (coming !== null) {
    const { records, next, more } = await coming;
    if (next >= untilOffset) coming = null;
    else if (more === undefined) coming = fetchFrom(port, range, next, asking, settings);
    else coming = untilReached(asking, async () => more());
    // Its failure is met when it is its turn, or never, if the task ends before.
    coming?.catch(() => {});
    const last = records.at(-1);
    const wanted =
      last !== undefined && last.offset >= untilOffset
        ? records.slice(
            0,
            records.findIndex(({ offset }) => offset >= untilOffset),
          )
        : records;
    if (wanted.length > 0) yield decodeRecords({ topic, partition }, wanted, settings);
  }
}

/** The next records, from where there are any: `next` is behind the offset in any case. */
async function fetchFrom(
  port: KafkaPort,
  range: KafkaRange,
  from: number,
  asking: Asking,
  settings: ReadSettings<unknown, unknown>,
): Promise<Fetched> {
  const { topic, topicId, partition, isolation, untilOffset } = range;
  const { stream, maxBytes } = settings;
  const { clock, retryForMs } = asking;
  const began = clock.elapsed();
  for (;;) {
    try {
      const request = { topic, topicId, partition, offset: from, isolation, maxBytes, maxWaitMs: WAIT_MS };
      const fetched = await untilReached(asking, () => port.fetch(request));
      if (fetched.next > from) return fetched;
    } catch (e) {
      if (isKafkaFailure(e, 'unknown-topic')) throw await topicGone(port, range, asking, stream);
      if (!isKafkaFailure(e, 'out-of-range')) throw e;
      const next = await behindLoss(port, range, from, asking, settings);
      if (next !== null) return { records: [], next };
    }
    // The end was asked of the same brokers: it comes, unless it was lost with the disk that had it.
    const [end] = await untilReached(asking, () => port.offsets([{ topic, partition, at: 'latest' }], isolation));
    if ((end as number) < untilOffset && clock.elapsed() - began >= retryForMs) {
      const next = await behindLoss(port, range, from, asking, settings);
      if (next !== null) return { records: [], next };
    }
    await delay(clock, WAIT_MS);
  }
}

/**
 * Where a range goes on whose records are gone; null if they are there after all.
 * @throws MR_KAFKA_OFFSETS_LOST unless the policy says otherwise
 */
async function behindLoss(
  port: KafkaPort,
  { topic, partition, isolation, untilOffset }: KafkaRange,
  from: number,
  asking: Asking,
  { stream, onDataLoss, lost }: ReadSettings<unknown, unknown>,
): Promise<number | null> {
  const at = { topic, partition };
  const [earliest, latest] = (await untilReached(asking, () =>
    port.offsets(
      [
        { ...at, at: 'earliest' },
        { ...at, at: 'latest' },
      ],
      isolation,
    ),
  )) as [number, number];
  if (earliest <= from && from < latest) return null;
  if (onDataLoss === 'fail') throw error('MR_KAFKA_OFFSETS_LOST', { stream, ...at, wanted: from, earliest, latest });
  // Behind the end is what a broker has lost with its disk: none of it comes.
  const next = onDataLoss === 'latest' || earliest <= from ? untilOffset : Math.min(earliest, untilOffset);
  lost(next - from);
  return next;
}

/** Why a topic could not be found. */
async function topicGone(port: KafkaPort, { topic, topicId, partition }: KafkaRange, asking: Asking, stream: string) {
  const [found] = await untilReached(asking, () => port.topics([topic]));
  if (found !== undefined && found.id !== topicId) return error('MR_KAFKA_TOPIC_CHANGED', { stream, topic });
  const what = found === undefined ? `the topic ${topic}` : `partition ${partition} of the topic ${topic}`;
  return error('MR_KAFKA_TOPIC_MISSING', { stream, what });
}
