import { seededRandom } from '@millrace/bench';
import type { ConsumerState } from '../shufflebench/consumer.ts';
import type { Rules } from '../shufflebench/matcher.ts';
import type { ShuffleRecord } from '../shufflebench/records.ts';

/** Hashes are 0 to 2^32 - 1. */
const CIRCLE = 2 ** 32;
/** Hashes of a slot of the table. */
const SLOT = 2 ** 16;
/** A consumer emits after so many records. */
const EMITS_AFTER = 10;

/** A consumer and the hashes that it wants: from one to before another, which may lie behind the end of the circle. */
interface Range {
  readonly consumer: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The consumers in one Map; what a batch makes them emit. It shares no code with the job, whose matcher and states it checks: a table
 * says which ranges come near a hash, and each of those is looked at.
 */
export function consumers(rules: Rules) {
  const table = tableOf(rangesOf(rules));
  const states = new Map<string, { count: number; sum: number; start: number; end: number }>();
  return (records: readonly ShuffleRecord[]): (readonly [string, ConsumerState])[] => {
    const out: (readonly [string, ConsumerState])[] = [];
    for (const { time, data } of records) {
      const hash = hashOf(data);
      for (const { consumer, from, to } of table[Math.floor(hash / SLOT)]!) {
        const isIn = (hash >= from && hash < to) || hash + CIRCLE < to;
        if (!isIn) continue;
        let state = states.get(consumer);
        if (state === undefined) {
          state = { count: 0, sum: 0, start: time, end: time };
          states.set(consumer, state);
        }
        state.count += 1;
        state.sum += wordOf(data, 0);
        state.end = time;
        if (state.count < EMITS_AFTER) continue;
        out.push([consumer, state]);
        states.delete(consumer);
      }
    }
    return out;
  };
}

/** Draws the ranges as the rules say: each begins anywhere, and is as wide as its place in the list says. */
function rangesOf({ count, selectivity, s, seed }: Rules): Range[] {
  const random = seededRandom(seed);
  let total = 0;
  for (let place = 1; place <= count; place++) total += 1 / place ** s;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor(random() * CIRCLE);
    const width = Math.round((1 / (i + 1) ** s / total) * selectivity * CIRCLE);
    return { consumer: `consumer_${i}`, from, to: from + width };
  });
}

/** Which ranges have hashes of each slot. */
function tableOf(ranges: readonly Range[]): Range[][] {
  const table = Array.from({ length: CIRCLE / SLOT }, (): Range[] => []);
  for (const range of ranges) {
    // A range that is as wide as the circle comes to its first slot again.
    const last = Math.min(Math.floor((range.to - 1) / SLOT), Math.floor(range.from / SLOT) + table.length - 1);
    for (let slot = Math.floor(range.from / SLOT); slot <= last; slot++) table[slot % table.length]!.push(range);
  }
  return table;
}

/** Four words of a record, mixed. */
function hashOf(data: Uint8Array): number {
  let hash = 0;
  for (const at of [0, 4, 8, 12]) {
    const mixed = Math.imul(hash ^ wordOf(data, at), 0x85ebca6b);
    hash = mixed ^ (mixed >>> 15);
  }
  return hash >>> 0;
}

/** Four bytes, the lowest first. */
function wordOf(data: Uint8Array, at: number): number {
  return data[at]! + data[at + 1]! * 2 ** 8 + data[at + 2]! * 2 ** 16 + data[at + 3]! * 2 ** 24;
}
