import { defineJob, milliseconds, Receiver, seconds } from '@millrace/core';

export interface ReceivesParams {
  /** Numbers that the receiver stores, and how. */
  readonly count: number;
  /** Counts the threads that a receiver was started in; the first dies after so many records, if not null. */
  readonly starts: SharedArrayBuffer;
  readonly dieAfter: number | null;
  readonly failStart?: boolean;
  /** Set to 1 by the test: the receiver goes on from where it was acknowledged. */
  readonly acknowledged: SharedArrayBuffer;
}

/** Stores numbers, and notes up to which one they are safe: what a source would be told. */
class Numbers extends Receiver<number> {
  readonly #params: ReceivesParams;
  #running = false;

  constructor(params: ReceivesParams) {
    super();
    this.#params = params;
  }

  onStart() {
    const start = Atomics.add(new Int32Array(this.#params.starts), 0, 1);
    if (this.#params.failStart === true) throw new Error('no source here');
    this.#running = true;
    void this.#feed(start);
  }

  onStop() {
    this.#running = false;
  }

  async #feed(start: number) {
    const { count, dieAfter } = this.#params;
    const acknowledged = new Int32Array(this.#params.acknowledged);
    while (this.#running && acknowledged[0] < count) {
      const from = acknowledged[0];
      if (start === 0 && dieAfter !== null && from >= dieAfter) process.exit(7);
      const records = Array.from({ length: Math.min(100, count - from) }, (_, i) => from + i);
      await this.whenRoom();
      await this.storeMany(records);
      acknowledged[0] = from + records.length;
    }
  }
}

export default defineJob({ name: 'receives', batchInterval: seconds(1) }, (ssc, params: ReceivesParams) => {
  const numbers = ssc.receiverStream(new Numbers(params), {
    name: 'numbers',
    runOn: 'worker',
    restartDelay: milliseconds(20),
    maxBufferedRecords: 1000,
  });
  return { numbers, doubled: numbers.map((n) => n * 2) };
});
