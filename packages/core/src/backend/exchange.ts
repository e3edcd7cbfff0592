import type { Block } from '../data/block.ts';
import { codecOf } from '../data/codec.ts';
import type { Exchange } from '../task/sink.ts';

/** Records stay live: they never leave the heap. */
export const liveExchange: Exchange = {
  seals: false,
  encodesLocal: false,
  admit: (records) => records,
  release: (records) => ({ kind: 'live', records: records as unknown[] }),
  seal: sealRecords,
};

/** Everything that passes from task to task or to the driver is encoded and decoded: what a thread would pay. */
export const encodedExchange: Exchange = {
  seals: true,
  encodesLocal: true,
  admit: roundTrip,
  release: (records, where) => ({ kind: 'blocks', blocks: [sealRecords(records, where)] }),
  seal: sealRecords,
};

/** Records live in the worker that made them; what leaves it is encoded. */
export const threadExchange: Exchange = {
  seals: false,
  encodesLocal: false,
  admit: (records) => records,
  release: (records, where) => ({ kind: 'blocks', blocks: [sealRecords(records, where)] }),
  seal: sealRecords,
};

/** Like `encodedExchange`, and what tasks get is frozen: shows code that relies on identity or changes its input. */
export const verifyingExchange: Exchange = {
  ...encodedExchange,
  admit: (records, where) => roundTrip(records, where).map(deepFreeze),
};

/**
 * Records as a block; a large one in shared memory, so that it crosses threads without a copy. Pairs go as two columns:
 * numbers as a typed array, texts as one, which costs a third of records that are arrays of two.
 */
export function sealRecords(records: readonly unknown[], where: string): Block {
  const codec = records.length >= FEW && records.every(isPair) ? 'columns' : 'msgpack';
  return { codec, count: records.length, bytes: codecOf(codec).encode(records, where, { shared: 'large' }) };
}

/** Below this many records the header of columns costs more than they save. */
const FEW = 16;

function isPair(record: unknown): boolean {
  return Array.isArray(record) && record.length === 2;
}

function roundTrip(records: readonly unknown[], where: string): readonly unknown[] {
  const codec = codecOf('msgpack');
  return codec.decode(codec.encode(records, where));
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
