import { defineJob, InputDStream, milliseconds } from '@millrace/core';
import { deadLetterFile, saveAsTextFiles } from '@millrace/sinks/files';
import { sqliteSink } from '@millrace/sinks/sqlite';

/** What the job of these tests does. */
export interface LetteredParams {
  readonly letters: string;
  readonly out: string;
  readonly db: string;
  /** Whether its functions throw, as before they were mended; or the one that still does. */
  readonly strict: boolean | 'parse';
  readonly total?: number;
  readonly totals?: boolean;
}

/** Three lines in each batch, until there were so many batches. */
class Lines extends InputDStream<string> {
  #next = 0;
  readonly #total: number;

  constructor(ssc: ConstructorParameters<typeof InputDStream>[0], total: number) {
    super(ssc, { name: 'lines' });
    this.#total = total;
  }

  override compute(): string[] {
    if (this.#next >= this.#total) return [];
    const n = 3 * this.#next++;
    return [`${n}`, n % 2 === 0 ? `${n + 1};` : `${n + 1}`, `${n + 2}`];
  }

  override hasPending(): boolean {
    return this.#next < this.#total;
  }
}

export default defineJob({ name: 'lettered', batchInterval: milliseconds(20) }, (ssc, params: LetteredParams) => {
  const { letters, out, db, strict, total = 6 } = params;
  const parsed = new Lines(ssc, total)
    .repartition(2)
    .onError(deadLetterFile(letters))
    .map(
      (line) => {
        if (strict !== false && line.endsWith(';')) throw new SyntaxError(`${line} is no number`);
        return Number.parseInt(line, 10);
      },
      { name: 'parse' },
    );
  const checked = parsed.filter(
    (n) => {
      if (strict === true && n % 5 === 4) throw new RangeError(`${n} is refused`);
      return true;
    },
    { name: 'check' },
  );
  saveAsTextFiles(checked, `${out}/numbers`, { suffix: 'txt', name: 'files' });
  sqliteSink(checked, { file: db, insert: { table: 'numbers', columns: ['n'], values: (n) => [n] }, name: 'rows' });
  if (params.totals === true)
    checked
      .map((n) => [n % 2, n] as [number, number])
      .updateStateByKey((ns: number[], sum: number | null) => ns.reduce((a, b) => a + b, sum ?? 0), { name: 'sums' })
      .foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'totals' });
});
