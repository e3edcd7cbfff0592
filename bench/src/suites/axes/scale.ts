import { engineContenders, loopContender, type Suite } from '@millrace/bench';
import { backends } from '../../contenders.ts';
import { slidingCount, wordCount } from '../../floors/text.ts';
import { keyedTotalsContenders, TOUCHED } from '../keyed-totals.ts';
import { type AxisPoint, type AxisRace, raceAlong } from './race-along.ts';
import { inBlocks, zipfWords } from './words.ts';

const WORDS = new URL('../../jobs/partitioned-words.job.ts', import.meta.url);
const SLIDING = new URL('../../jobs/sliding-count.job.ts', import.meta.url);
const engines = () => backends(['single', 'threads2']);
/** With so many live objects a full collection takes longer than a run. */
const BIG_HEAP = 100_000;

type Scale = Omit<Suite, 'group' | 'collections' | 'run'> & {
  readonly chart: string;
  readonly axis: AxisRace['axis'];
  readonly values: readonly number[];
  /** Fewer of them, for a quick look. */
  readonly few: readonly number[];
  readonly pointAt: (value: number) => AxisPoint;
};

function scaleSuite({ id, title, about, chart, axis, values, few, pointAt }: Scale): Suite {
  return {
    id,
    title,
    about,
    group: 'Axes',
    collections: ['full', 'axes'],
    async run(context) {
      const points = (context.quick ? few : values).map((value) => () => pointAt(value));
      const { rows, series } = await raceAlong({ suite: id, title: chart, axis, points }, context);
      return { rows, ratios: {}, series: [series] };
    },
  };
}

const KEY_BATCHES = 10;
const keys = scaleSuite({
  id: 'scale-keys',
  title: 'Keyed state from 1,000 to 1,000,000 keys',
  about: `mapWithState: ${KEY_BATCHES} batches of ${TOUCHED.toLocaleString('en')} updates, whose keys are drawn evenly of all that are known. What a batch costs should follow the keys that it touches.`,
  chart: 'Throughput by the number of keys',
  axis: { title: 'known keys', unit: '', scale: 'log' },
  values: [1e3, 1e4, 1e5, 1e6],
  few: [1e3, 1e5],
  pointAt: (known) => ({
    x: known,
    said: `${known.toLocaleString('en')} keys`,
    records: TOUCHED * KEY_BATCHES,
    contenders: keyedTotalsContenders(known, KEY_BATCHES, engines()),
    bigHeap: known > BIG_HEAP,
  }),
});

const WINDOW_BATCHES = 10;
const WINDOW_WORDS = 5000;
const window = scaleSuite({
  id: 'scale-window',
  title: 'Sliding count with inverse, windows of 2 to 512 batches',
  about: `${WINDOW_BATCHES} batches of ${WINDOW_WORDS.toLocaleString('en')} words of a vocabulary of 10,000; after each all words of the window with their counts are made and counted. Longer windows have more words.`,
  chart: 'Throughput by the length of the window',
  axis: { title: 'batches of a window', unit: '', scale: 'log' },
  values: [2, 8, 32, 128, 512],
  few: [2, 32],
  pointAt(length) {
    const words = zipfWords();
    const batch = (n: number) => words(n * WINDOW_WORDS, WINDOW_WORDS);
    const preload = Array.from({ length }, (_, n) => batch(n));
    const batches = (run: number) =>
      Array.from({ length: WINDOW_BATCHES }, (_, b) => batch(length + run * WINDOW_BATCHES + b));
    const checkBatch = () => batch(3);
    const loop = () => {
      const counts = slidingCount(length, true);
      return (some: readonly string[]) => {
        counts.slide(some);
        return counts.all();
      };
    };
    const params = { batches: length, forget: true };
    return {
      x: length,
      said: `${length} batches`,
      records: WINDOW_BATCHES * WINDOW_WORDS,
      contenders: [
        loopContender({ loop, preload: () => preload, batches, checkBatch }),
        ...engineContenders(
          { job: SLIDING, params, delivery: 'count', preload: () => preload, batches, checkBatch },
          engines(),
        ),
      ],
    };
  },
});

/** Counts of words, batch after batch. */
function wordsPoint(size: number, count: number, partitions: number): Pick<AxisPoint, 'records' | 'contenders'> {
  const words = zipfWords();
  const cut = Array.from({ length: count }, (_, b) => words(b * size, size));
  const entries = cut.map((some) => inBlocks(some, partitions));
  return {
    records: size * count,
    contenders: [
      loopContender({ loop: wordCount, batches: () => cut }),
      ...engineContenders({ job: WORDS, params: { partitions }, batches: () => entries }, engines()),
    ],
  };
}

const PARTITION_BATCHES = 10;
const PARTITION_WORDS = 20_000;
const partitions = scaleSuite({
  id: 'scale-partitions',
  title: 'Word count over 1 to 64 partitions',
  about: `${PARTITION_BATCHES} batches of ${PARTITION_WORDS.toLocaleString('en')} words as raw text in so many blocks, counted in as many partitions: each partition is a task of the first stage and one of the second.`,
  chart: 'Throughput by the number of partitions',
  axis: { title: 'partitions', unit: '', scale: 'log' },
  values: [1, 2, 4, 8, 16, 32, 64],
  few: [2, 16],
  pointAt: (count) => ({
    x: count,
    said: `${count} partition${count === 1 ? '' : 's'}`,
    ...wordsPoint(PARTITION_WORDS, PARTITION_BATCHES, count),
  }),
});

/** Records a second that a batch of an interval has. */
const RATE = 100_000;
/** What a run has of them, at every interval. */
const RUN_MS = 2000;
const interval = scaleSuite({
  id: 'scale-interval',
  title: 'Word count in batches of 5 ms to 1 s',
  about: `Batches one after the other, each with the ${RATE.toLocaleString('en')} words a second of its interval as raw text in 2 blocks; all runs have those of ${RUN_MS / 1000} s. What is above ${RATE.toLocaleString('en')} records/s keeps up with them.`,
  chart: 'Throughput by the interval of batches',
  axis: { title: 'interval', unit: 'ms', scale: 'log' },
  values: [5, 20, 100, 500, 1000],
  few: [5, 100],
  pointAt: (ms) => ({ x: ms, said: `${ms} ms`, ...wordsPoint((RATE * ms) / 1000, RUN_MS / ms, 2) }),
});

/** What grows, one thing at a time. */
export const scaleSuites: readonly Suite[] = [keys, window, partitions, interval];
