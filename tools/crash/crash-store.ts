import { type CheckpointStore, memoryStore, type StoreChange } from '@millrace/core';
import type { Dice } from './dice.ts';
import type { Turns } from './turns.ts';

interface Write {
  readonly changes: readonly StoreChange[];
}

/** A store that outlives the job: what it has acknowledged lasts, and of what was under way in a crash the beginning may. */
export class CrashStore {
  /** What a crash leaves. */
  readonly #durable = memoryStore();
  #underWay: Write[] = [];
  /** Batch times of which the inputs are durable, and of which the end is. */
  readonly planned = new Set<number>();
  readonly completed = new Set<number>();
  /** Whether there is a job to go on with. */
  begun = false;

  async open(): Promise<void> {
    await this.#durable.open();
  }

  /** The store as one life of the job sees it. */
  life(turns: Turns): CheckpointStore {
    const visible = memoryStore();
    let last: Promise<void> = Promise.resolve();
    const take = async (write: Write) => {
      await turns.step('a write begins');
      await visible.write(write.changes);
      await turns.step('a write took effect');
      await this.#keep(write);
      this.#underWay.shift();
    };
    return {
      where: 'simulation',
      open: async () => {
        await turns.step('the store is opened');
        await visible.open();
        const changes: StoreChange[] = [];
        for (const { key, value } of this.#durable.entries([])) changes.push({ kind: 'put', key, value });
        await visible.write(changes);
        await turns.step('the store is open');
      },
      get: (key) => visible.get(key),
      entries: (prefix, options) => visible.entries(prefix, options),
      stats: () => visible.stats(),
      write: async (changes) => {
        await turns.stillAlive();
        const write = { changes };
        this.#underWay.push(write);
        last = last.then(() => take(write));
        await last;
        await turns.step('a write is acknowledged');
      },
      close: async () => {
        await last;
        await turns.step('the store is closed');
        await visible.close();
      },
    };
  }

  /** The job is gone: so many of the writes that were under way are there, the others are not. */
  async crash(dice: Dice): Promise<string> {
    const writes = this.#underWay;
    this.#underWay = [];
    const kept = dice.int(0, writes.length);
    for (const write of writes.slice(0, kept)) await this.#keep(write);
    return writes.length === 0 ? 'no write was under way' : `${kept} of ${writes.length} writes under way are there`;
  }

  async #keep({ changes }: Write): Promise<void> {
    await this.#durable.write(changes);
    for (const change of changes) {
      if (change.kind !== 'put') continue;
      const [table, time] = change.key;
      if (table === 'batch') this.planned.add(time as number);
      else if (table === 'done') this.completed.add(time as number);
      else if (table === 'meta') this.begun = true;
    }
  }
}
