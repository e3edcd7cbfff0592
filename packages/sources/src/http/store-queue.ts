import type { Block } from '@millrace/core';
import { linesBlock } from '@millrace/core';
import type { Portion } from './body-format.ts';

/** Where portions are stored; a receiver is one. */
export interface Store {
  storeMany(records: readonly unknown[], bytes: number): Promise<void>;
  storeBytes(block: Block): Promise<void>;
}

interface Waiting {
  readonly portion: Portion;
  readonly stored: PromiseWithResolvers<void>;
}

/** Portions are put together up to about this size. */
const MAX_BYTES = 4 * 2 ** 20;
/** Text of this many bytes is worth shared memory. */
const LARGE = 4096;

/**
 * Stores the records of requests in the order in which they came: at once when nothing is being stored, else together with what came
 * meanwhile. So a request waits for one other at most, and a thousand small ones are a few blocks.
 */
export class StoreQueue {
  readonly #store: Store;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the portion is safe. */
  put(portion: Portion): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#waiting.push({ portion, stored });
    if (!this.#busy) void this.#work();
    return stored.promise;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const run = this.#neighbours();
      try {
        await this.#storeTogether(run.map((each) => each.portion));
        for (const { stored } of run) stored.resolve();
      } catch (e) {
        if (run.length === 1) run[0]!.stored.reject(e);
        else await this.#storeEach(run);
      }
    }
    this.#busy = false;
  }

  /** The first that waits, with those of its kind behind it. */
  #neighbours(): Waiting[] {
    const { kind } = this.#waiting[0]!.portion;
    let bytes = 0;
    let end = 0;
    while (end < this.#waiting.length && this.#waiting[end]!.portion.kind === kind && bytes < MAX_BYTES) {
      bytes += sizeOf(this.#waiting[end]!.portion);
      end++;
    }
    return this.#waiting.splice(0, end);
  }

  /** One that cannot be stored must not take its neighbours with it. */
  async #storeEach(run: readonly Waiting[]): Promise<void> {
    for (const { portion, stored } of run) await this.#storeTogether([portion]).then(stored.resolve, stored.reject);
  }

  #storeTogether(portions: readonly Portion[]): Promise<void> {
    const records: unknown[] = [];
    const texts: Uint8Array[] = [];
    let bytes = 0;
    let lines = 0;
    for (const portion of portions) {
      if (portion.kind === 'lines') {
        texts.push(portion.bytes);
        lines += portion.lines;
      } else {
        for (const record of portion.records) records.push(record);
        bytes += portion.bytes;
      }
    }
    return texts.length === 0 ? this.#store.storeMany(records, bytes) : this.#storeLines(texts, lines);
  }

  async #storeLines(texts: readonly Uint8Array[], lines: number): Promise<void> {
    if (lines === 0) return;
    const bytes = texts.length === 1 ? texts[0]! : Buffer.concat(texts);
    // Memory of its own: a view of a pool would take the whole pool along to another thread.
    const block =
      bytes.length < LARGE ? { codec: 'lines', count: lines, bytes: new Uint8Array(bytes) } : linesBlock(bytes);
    await this.#store.storeBytes(block);
  }
}

function sizeOf({ bytes }: Portion): number {
  return typeof bytes === 'number' ? bytes : bytes.length;
}
