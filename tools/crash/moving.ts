import type { StreamingContext } from '@millrace/core';
import { forcePlacement } from '../../packages/core/src/api/state-placements.ts';
import { BUCKETS_PER_PARTITION } from '../../packages/core/src/data/bucket-table.ts';
import { hashKey } from '../../packages/core/src/data/hash.ts';
import type { Program } from '../random/program.ts';

/** So long a state lies where it does. */
const REST_MS = 2000;

/**
 * Has states move every other batch: a part of their virtual buckets lies in partitions that follow from the time alone, so that a run that
 * nothing interrupts has the same in the same places.
 */
export function moveAllTheTime(ssc: StreamingContext, { sources, nodes }: Program): void {
  // Only with crashes is there a store, in which it stays where it is.
  const stored = new Set(
    nodes.flatMap(({ cacheKeys }, i) => (cacheKeys === undefined ? [] : [`n${sources.length + i}`])),
  );
  forcePlacement(ssc, (node, time, table) => {
    if (stored.has(node)) return null;
    const round = Math.floor(time / REST_MS);
    const partitions = table.length / BUCKETS_PER_PARTITION;
    if (round === 0) return null;
    return table.map((_, bucket) => {
      const dice = hashKey([node, round, bucket]);
      return dice % 3 === 0 ? (dice >>> 8) % partitions : bucket % partitions;
    });
  });
}
