import { type Entry, show } from '../entry.ts';

/** Errors about records, keys and their encoding. */
export const dataErrors = {
  MR_KEY_IDENTITY: {
    message: (p: { type: string; path: string }) =>
      `A key contains ${p.type} at ${p.path}, which has no value to compare by; keys compare by value.`,
    help: 'Build the key from strings, numbers, booleans, null, bigints, dates, bytes, and arrays, objects, maps or sets of them.',
  },
  MR_UNDEFINED_IN_PAIR: {
    message: (p: { part: 'key' | 'value'; operator: string }) =>
      `${p.operator} received a pair whose ${p.part} is undefined; undefined means "absent" in results, so a pair may not hold it.`,
    help: 'Use null for "no value", or filter such records out first.',
  },
  MR_NOT_A_PAIR: {
    message: (p: { operator: string; found: string }) =>
      `${p.operator} needs pairs, that is arrays [key, value], but a record is ${p.found}.`,
    help: 'Turn the records into pairs first, as in .map((r) => [r.key, r]).',
  },
  MR_NOT_ENCODABLE: {
    message: (p: { operator: string; path: string; what: string }) =>
      `A record of ${p.operator} cannot be encoded: ${p.path} is ${p.what} ($ is the record).`,
    help: 'Keep functions, symbols, promises and cyclic references out of records that cross a shuffle, a thread or a checkpoint.',
  },
  MR_DECODE: {
    message: (p: { codec: string; reason: string }) =>
      `Bytes could not be decoded with the codec ${show(p.codec)}: ${p.reason}.`,
    help: 'The bytes are damaged, cut off, or were written with another codec; check where they come from.',
    spark: 'SparkException',
  },
  MR_EMPTY_COLLECTION: {
    message: (p: { action: string }) => `${p.action} was called on an RDD without records; it has no result then.`,
    help: 'Test with isEmpty() first, or use fold or aggregate, which start from a value.',
    spark: 'UnsupportedOperationException',
  },
} as const satisfies Record<string, Entry>;
