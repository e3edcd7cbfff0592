import { checkOptionNames, checkWhole } from '@millrace/core/connector';
import type { FixedDecoder } from './decoder.ts';

/** Options of `bytes`. */
export interface BytesOptions {
  /** Bytes of a record. */
  readonly recordBytes: number;
}

/**
 * Binary records of one length. Each is a copy of its own, so that one that is kept does not keep its neighbours.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * fileStream(ssc, '/var/spool/samples', { decode: bytes({ recordBytes: 16 }) });
 * ```
 */
export function bytes(options: BytesOptions): FixedDecoder<Uint8Array> {
  checkOptionNames('bytes', options, ['recordBytes']);
  const recordBytes = checkWhole('bytes: recordBytes', options.recordBytes, 1);
  return {
    framing: 'fixed',
    recordBytes,
    decode: (all) => {
      const records: Uint8Array[] = [];
      for (let from = 0; from < all.length; from += recordBytes)
        records.push(new Uint8Array(all.subarray(from, from + recordBytes)));
      return records;
    },
  };
}
