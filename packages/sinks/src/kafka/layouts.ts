import type { CommittedOffset } from '@millrace/kafka';
import { layoutError, type Receipt } from '../transactional/index.ts';
import { lookAt } from './lane.ts';
import { layoutGroup } from './names.ts';
import type { Reached } from './reach.ts';

/** So many changes are remembered. */
const KEEP = 60;

/** From this batch time on, batches have so many partitions. In order of time. */
type Layout = readonly [from: number, numPartitions: number];

/**
 * How many partitions the batches of outputs have. A group of the output has it, from each change on, before the first
 * partition of a batch is written: so that a batch that comes back with another number finds those that were written with the first,
 * also where no partition is the same. As long as nothing changes, nothing is asked.
 */
export class Layouts {
  readonly #topic: string;
  readonly #known = new Map<string, readonly Layout[]>();

  /** @param topic whose partition 0 the offsets are of */
  constructor(topic: string) {
    this.#topic = topic;
  }

  /** @throws MR_SINK_LAYOUT if another partition of the batch is written, with another number */
  async declare(receipt: Receipt, { port, ask }: Reached): Promise<void> {
    const { time, numPartitions } = receipt;
    const group = layoutGroup(receipt);
    if (at(this.#known.get(group) ?? [], time) === numPartitions) return;
    const where = { topic: this.#topic, partition: 0 };
    const [committed] = await ask(() => port.committed(group, [where]));
    let layouts = read(committed);
    const before = at(layouts, time);
    if (before !== numPartitions) {
      const others = await Promise.all(
        Array.from({ length: before ?? 0 }, (_, partition) =>
          ask(() => lookAt(port, { ...receipt, partition }, this.#topic)),
        ),
      );
      for (const [partition, written] of others.entries()) {
        const known = written.receipt({ ...receipt, partition }, numPartitions)?.numPartitions ?? numPartitions;
        if (known !== numPartitions) throw layoutError(receipt, known);
      }
      const changed: Layout[] = [...layouts.filter(([from]) => from !== time), [time, numPartitions]];
      layouts = changed.sort(([a], [b]) => a - b).slice(-KEEP);
      const metadata = JSON.stringify(layouts);
      await ask(() => port.commit(group, [{ ...where, offset: time, metadata }]));
    }
    this.#known.set(group, layouts);
  }
}

function at(layouts: readonly Layout[], time: number): number | undefined {
  return layouts.findLast(([from]) => from <= time)?.[1];
}

function read(committed: CommittedOffset | undefined): readonly Layout[] {
  if (committed === undefined) return [];
  try {
    const layouts = JSON.parse(committed.metadata) as Layout[];
    if (layouts.every((layout) => layout.length === 2)) return layouts;
  } catch {
    // What it is instead helps nobody.
  }
  throw new Error(
    'what the layouts of batches are kept in was written by another program: see the offsets of its group',
  );
}
