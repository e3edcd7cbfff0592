import { error } from '@millrace/core/connector';
import type { FrameRules, OnBadRecord } from './connection/frame-inlet.ts';

/** How frames become records: by `decode` or by `decodeMany`. */
export type DecodeOptions<T> = {
  /** What becomes of a frame that cannot be decoded; `'fail'` unless given. */
  readonly onBadRecord?: OnBadRecord;
} & (
  | {
      /** The record of a frame; whatever it returns is one record, arrays as well. Depends on its argument alone. */
      readonly decode: (frame: Buffer) => T;
      readonly decodeMany?: undefined;
    }
  | {
      /** Any number of records of a frame. */
      readonly decodeMany: (frame: Buffer) => Iterable<T>;
      readonly decode?: undefined;
    }
);

/** Names of these options. */
export const DECODE_OPTIONS: readonly string[] = ['decode', 'decodeMany', 'onBadRecord'];

/** @throws MR_OPTION unless exactly one of the functions is given */
export function checkedDecode<T>(
  owner: string,
  { decode, decodeMany, onBadRecord = 'fail' }: Partial<DecodeOptions<T>>,
): Pick<FrameRules<T>, 'decode' | 'onBadRecord'> {
  const refuse = (option: string, value: unknown, rule: string) =>
    error('MR_OPTION', { option: `${owner}: ${option}`, value, rule });
  if (decode !== undefined && typeof decode !== 'function') throw refuse('decode', decode, 'must be a function');
  if (decodeMany !== undefined && typeof decodeMany !== 'function')
    throw refuse('decodeMany', decodeMany, 'must be a function');
  if (onBadRecord !== 'fail' && onBadRecord !== 'drop' && typeof onBadRecord !== 'function')
    throw refuse('onBadRecord', onBadRecord, "must be 'fail', 'drop' or a function");
  if (decode !== undefined && decodeMany !== undefined)
    throw refuse('decodeMany', decodeMany, 'cannot be given together with decode');
  if (decode !== undefined) return { decode: { one: decode }, onBadRecord };
  if (decodeMany !== undefined) return { decode: { many: decodeMany }, onBadRecord };
  throw refuse('decode', undefined, 'must be a function that makes a record of a frame; decodeMany makes several');
}
