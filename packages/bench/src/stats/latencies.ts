import hdr, { type Histogram } from 'hdr-histogram-js';

/** Microseconds: what the histograms count in. */
const PER_MS = 1000;
/** An hour. */
const HIGHEST = 3_600_000_000;

/** Times in ms, kept in an HdrHistogram to three digits: none is dropped, however many there are. */
export class Latencies {
  readonly #histogram: Histogram;

  constructor(
    histogram: Histogram = hdr.build({
      bitBucketSize: 64,
      lowestDiscernibleValue: 1,
      highestTrackableValue: HIGHEST,
      numberOfSignificantValueDigits: 3,
    }),
  ) {
    this.#histogram = histogram;
  }

  /** What `encode` gave. */
  static decode(encoded: string): Latencies {
    return new Latencies(hdr.decodeFromCompressedBase64(encoded));
  }

  /** @param ms below 0 counts as 0, above an hour as an hour */
  add(ms: number, times = 1): void {
    this.#histogram.recordValueWithCount(Math.min(HIGHEST, Math.max(0, Math.round(ms * PER_MS))), times);
  }

  addAll(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Milliseconds. @param q from 0 to 1 */
  quantile(q: number): number {
    return this.#histogram.getValueAtPercentile(q * 100) / PER_MS;
  }

  get max(): number {
    return this.#histogram.maxValue / PER_MS;
  }

  /** HdrHistogram's compressed form, version 2, in base64; values in microseconds. */
  encode(): string {
    return hdr.encodeIntoCompressedBase64(this.#histogram);
  }
}

/** Whether a text is what `encode` gives. */
export function isHistogram(text: string): boolean {
  try {
    hdr.decodeFromCompressedBase64(text);
    return true;
  } catch {
    return false;
  }
}
