import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A dead letter as a file has it: the record that an operator could not do, exactly. */
export interface Letter {
  readonly record: unknown;
  /** The record by the codec `msgpack`. */
  readonly bytes: Uint8Array;
  /** Name of the operator whose function threw. */
  readonly operator: string;
  /** Batch time in ms. */
  readonly time: number;
  /** Name of the job. */
  readonly job: string;
  readonly partition: number;
  readonly index: number;
  /** The replay in which it failed again; null: it failed in its batch. */
  readonly replay: string | null;
}

/** Letters of a batch as they are replayed: by operator, partition, index. */
export function inOrder(letters: readonly Letter[]): Letter[] {
  return letters.toSorted((a, b) => compare(a.operator, b.operator) || a.partition - b.partition || a.index - b.index);
}

/**
 * The name of the replay of a batch: the same for the same letters. Those that failed again are others, though they are of the
 * same records: what a sink has of the first replay must not stand for the second.
 */
export function replayId(letters: readonly Letter[]): string {
  const hash = createHash('sha256');
  for (const { operator, partition, index, replay, bytes } of letters)
    hash.update(`${JSON.stringify([operator, partition, index, replay])}${bytes.length} `).update(bytes);
  return hash.digest('hex').slice(0, 12);
}

/** What a letter is known by besides its record, as a line of a file has it. */
type LetterLine = Pick<Letter, 'operator' | 'time' | 'job' | 'partition' | 'index'> & {
  readonly replay?: string | null;
  /** In base64; null if the record could not be encoded. */
  readonly bytes: string | null;
};

/**
 * The checksum of what a letter is replayed by. A record with a bit that has turned over may be another record.
 * @example
 * ```ts
 * const line = { operator: 'parse', time: 1000, job: 'job', partition: 0, index: 0, bytes: null };
 * console.log(letterChecksum(line));
 * ```
 */
export function letterChecksum({ operator, time, job, partition, index, replay = null, bytes }: LetterLine): string {
  const text = JSON.stringify([operator, time, job, partition, index, replay, bytes]);
  return crc32(text).toString(16).padStart(8, '0');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
