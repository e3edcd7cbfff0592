import type { BatchInfo, StreamingListener } from './listener.ts';

/** Percentiles that the report shows. */
const PERCENTILES = [0, 5, 10, 25, 50, 75, 90, 95, 100] as const;

/**
 * Logs how total delay and processing time were distributed over the last batches (Spark's `StatsReportListener`).
 *
 * @example
 * ```ts
 * ssc.addStreamingListener(new StatsReportListener(10));
 * ```
 */
export class StatsReportListener implements StreamingListener {
  readonly #numBatchInfos: number;
  readonly #log: (line: string) => void;
  readonly #last: BatchInfo[] = [];

  /**
   * @param numBatchInfos how many batches the figures cover, 10 unless given
   * @param log where lines go, `console.log` unless given
   */
  constructor(numBatchInfos = 10, log: (line: string) => void = (line) => console.log(line)) {
    this.#numBatchInfos = numBatchInfos;
    this.#log = log;
  }

  onBatchCompleted({ batchInfo }: { readonly batchInfo: BatchInfo }): void {
    this.#last.push(batchInfo);
    if (this.#last.length > this.#numBatchInfos) this.#last.shift();
    this.#report('Total delay: ', (b) => b.totalDelay);
    this.#report('Processing time: ', (b) => b.processingDelay);
  }

  #report(heading: string, figure: (b: BatchInfo) => number | null): void {
    const values = this.#last
      .map(figure)
      .filter((v) => v !== null)
      .sort((a, b) => a - b);
    if (values.length === 0) return;
    this.#log(`${heading}${values.length} batches, ms at ${PERCENTILES.map((p) => `${p}%`).join(' ')}`);
    this.#log(
      `  ${PERCENTILES.map((p) => format(values[Math.min(values.length - 1, Math.floor((p / 100) * values.length))])).join(' ')}`,
    );
  }
}

function format(ms: number): string {
  return Number.isInteger(ms) ? String(ms) : ms.toFixed(2);
}
