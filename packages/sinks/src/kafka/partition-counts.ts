import type { Clock } from '@millrace/core';
import type { Reached } from './reach.ts';

/** A topic that has grown is noticed within this time, in ms. */
const LOOK_AGAIN_MS = 30_000;

/** How many partitions topics have, as this worker has last heard. */
export class PartitionCounts {
  readonly #known = new Map<string, { readonly count: number; readonly at: number }>();

  /** @throws Error if there is no such topic; as `reach` */
  async of(topic: string, { port, ask }: Reached, clock: Clock): Promise<number> {
    const known = this.#known.get(topic);
    if (known !== undefined && clock.elapsed() - known.at < LOOK_AGAIN_MS) return known.count;
    const [info] = await ask(() => port.topics([topic]));
    if (info === undefined || info.partitions.length === 0) throw new Error(`there is no topic ${topic}`);
    const count = info.partitions.length;
    this.#known.set(topic, { count, at: clock.elapsed() });
    return count;
  }

  /** Asks anew the next time: something that was there is not. */
  forget(): void {
    this.#known.clear();
  }
}
