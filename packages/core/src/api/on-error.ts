import { msgpackCodec } from '../data/codec.ts';
import { error } from '../errors/index.ts';
import type { RawLetter, RecordErrors } from '../task/record-failures.ts';
import type { BatchSink } from './batch-sink.ts';
import { checkSink } from './batch-sink.ts';
import { checkOptionNames } from './check-options.ts';

/** A record that failed, with everything that says where and why. */
export interface DeadLetter {
  /** What the failing operator was given; what `describe` says of it if it cannot be encoded, see `encoded`. */
  readonly record: unknown;
  /** False if `record` is only a text about the record. */
  readonly encoded: boolean;
  /** What was thrown. `code` is that of an error of Millrace or of the system, else null. */
  readonly error: {
    readonly name: string;
    readonly message: string;
    readonly stack: string;
    readonly code: string | null;
  };
  /** Name of the operator whose function threw. */
  readonly operator: string;
  /** Batch time in ms. */
  readonly time: number;
  readonly job: string;
  /** The partition in which the operator ran. */
  readonly partition: number;
  /** Which failure of this operator in this partition and batch it was, from 0. */
  readonly index: number;
  /** The replay of dead letters in which it failed again, see `replayLetters`; left out where it failed in its batch. */
  readonly replay?: string;
}

/** Options of `deadLetter`. */
export interface DeadLetterOptions {
  /** Name of the output, as the sink sees it; `deadLetters` unless given. */
  readonly name?: string;
  /** Dead letters of one operator in one partition of a batch; one more fails the batch. 10,000 unless given. */
  readonly maxPerPartition?: number;
}

/** What `deadLetter` makes. */
export interface DeadLetterPolicy {
  readonly sink: BatchSink<DeadLetter>;
  readonly name: string;
  readonly maxPerPartition: number;
}

/** What becomes of a record whose function throws: the batch fails, the record is dropped, or it is written elsewhere. */
export type OnError = 'fail' | 'drop' | DeadLetterPolicy;

/**
 * The policy that writes records which fail to a sink, on the driver, after the batch's outputs and before it commits. A
 * batch without failures writes nothing. The sink gets one partition, in the order operator, partition, index.
 *
 * @throws MR_OPTION, MR_NOT_A_FUNCTION; MR_DEAD_LETTERS when a batch has too many. A sink that fails, fails the batch
 * @example
 * ```ts
 * const numbers = lines
 *   .onError(deadLetter({ write: (letters) => console.log([...letters].map((l) => [l.record, l.error.message])) }))
 *   .map((line) => JSON.parse(line));
 * ```
 */
export function deadLetter(sink: BatchSink<DeadLetter>, options: DeadLetterOptions = {}): DeadLetterPolicy {
  checkSink('deadLetter', sink);
  checkOptionNames('deadLetter', options, ['name', 'maxPerPartition']);
  const { name = 'deadLetters', maxPerPartition = 10_000 } = options;
  if (typeof name !== 'string' || name === '')
    throw error('MR_OPTION', { option: 'deadLetter: name', value: name, rule: 'must be a text that is not empty' });
  if (!Number.isSafeInteger(maxPerPartition) || maxPerPartition < 1) {
    throw error('MR_OPTION', {
      option: 'deadLetter: maxPerPartition',
      value: maxPerPartition,
      rule: 'must be a whole number of at least 1',
    });
  }
  return { sink, name, maxPerPartition };
}

/** Refuses what is no policy. @throws MR_OPTION */
export function checkOnError(policy: OnError): void {
  if (policy === 'fail' || policy === 'drop') return;
  if (typeof policy === 'object' && policy !== null && typeof policy.sink?.write === 'function') {
    if (Number.isSafeInteger(policy.maxPerPartition)) return;
  }
  throw error('MR_OPTION', { option: 'onError', value: policy, rule: "must be 'fail', 'drop' or deadLetter(sink)" });
}

/** A policy as programs carry it; null: the batch fails. */
export function recordErrors(policy: OnError): RecordErrors | null {
  if (policy === 'fail') return null;
  return { letters: policy === 'drop' ? null : policy.maxPerPartition };
}

/** A letter as a sink gets it. */
export function toDeadLetter(
  raw: RawLetter,
  about: { operator: string; time: number; job: string; replay?: string },
): DeadLetter {
  const { bytes, text, error: thrown, partition, index } = raw;
  const record = bytes === null ? text : msgpackCodec.decode(bytes)[0];
  return { record, encoded: bytes !== null, error: thrown, ...about, partition, index };
}
