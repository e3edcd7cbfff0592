import { defineJob, milliseconds, Receiver } from '@millrace/core';

/** Stores three words every few milliseconds. */
class Words extends Receiver<string> {
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  onStart(): void {
    this.#timer = setInterval(() => {
      this.#next += 1;
      void this.storeMany(['always', `word ${this.#next % 50}`, `word ${this.#next % 7}`]).catch(() => {});
    }, 4);
  }

  onStop(): void {
    clearInterval(this.#timer);
  }
}

/** A job with a receiver and its log, keyed state, a window in state, and an accumulator. */
export default defineJob({ name: 'counting', batchInterval: milliseconds(20) }, (ssc) => {
  const seen = ssc.accumulator('seen', 0, (a, b) => a + b);
  const words = ssc.receiverStream(new Words(), { name: 'words' }).map((word) => {
    seen.add(1);
    return [word, 1] as [string, number];
  });
  const add = (a: number, b: number) => a + b;
  const totals = words.updateStateByKey((ns: number[], sum: number | null) => ns.reduce(add, sum ?? 0), {
    name: 'totals',
    numPartitions: 2,
  });
  const recent = words.reduceByKeyAndWindow(add, milliseconds(100), milliseconds(20), {
    inverse: (a, b) => a - b,
    name: 'recent',
  });
  totals.foreachRDD(async (rdd) => void (await rdd.count()), { name: 'all' });
  recent.foreachRDD(async (rdd) => void (await rdd.count()), { name: 'some' });
});
