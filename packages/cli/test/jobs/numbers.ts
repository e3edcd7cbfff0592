import { defineJob, InputDStream, milliseconds } from '@millrace/core';

/** What the job of these tests does. */
export interface NumbersParams {
  /** How many numbers there are: 1, 2, 3, … one in each batch. */
  readonly total?: number;
  readonly what?:
    | 'sum'
    | 'fail'
    | 'hang'
    | 'throw outside'
    | 'warn'
    | 'no output'
    | 'throw while building'
    | 'stop'
    | 'exit';
  readonly windowMs?: number;
  readonly text?: unknown;
}

/** One number in each batch. A graceful stop makes batches until all have had their turn. */
class Numbers extends InputDStream<number> {
  #next = 1;
  readonly #total: number;

  constructor(ssc: ConstructorParameters<typeof InputDStream>[0], total: number) {
    super(ssc, { name: 'numbers' });
    this.#total = total;
  }

  override compute(): number[] {
    return this.#next > this.#total ? [] : [this.#next++];
  }

  override hasPending(): boolean {
    return this.#next <= this.#total;
  }

  override flow() {
    return { rateLimit: 1000, waitingRecords: this.#total - this.#next + 1, waitingBytes: 0, refused: 2, dropped: 1 };
  }
}

export default defineJob({ name: 'numbers', batchInterval: milliseconds(20) }, (ssc, params: NumbersParams) => {
  const { total = 3, what = 'sum', windowMs } = params;
  if (what === 'throw while building') throw new RangeError('this builder throws');
  const numbers = new Numbers(ssc, total);
  const doubled = numbers.map((n) => {
    if (what === 'fail' && n === 2) throw new RangeError('two is refused');
    return n * 2;
  });
  const windowed = windowMs === undefined ? doubled : doubled.window(milliseconds(windowMs));
  if (what === 'no output') return { numbers, windowed };
  windowed.foreachRDD(
    async (rdd) => {
      const records = await rdd.collect();
      if (records.length > 0) console.log(`doubled ${records.join(' ')}`);
      if (what === 'hang') await new Promise(() => {});
      if (what === 'throw outside') queueMicrotask(throwing);
      if (what === 'warn') process.emitWarning('look at this', 'TestWarning');
      if (what === 'stop') void ssc.stop();
      if (what === 'exit') process.exit(7);
    },
    { name: 'show' },
  );
  if (params.text !== undefined) console.log(`text ${JSON.stringify(params.text)}`);
  return { numbers, doubled, text: params.text };
});

function throwing(): void {
  throw new TypeError('nobody catches this');
}
