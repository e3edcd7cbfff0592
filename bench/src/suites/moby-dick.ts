import {
  engineContenders,
  type Laps,
  loopContender,
  race,
  type Suite,
  speedRatio,
  throughputRows,
} from '@millrace/bench';
import { backends, TITLES } from '../contenders.ts';
import { countWords, mobyDickLines, rawBatch, repeatToWords, splitByWords } from '../data/moby-dick.ts';
import * as floors from '../floors/text.ts';

const WORD_COUNT = new URL('../jobs/word-count.job.ts', import.meta.url);
const TOP_WORDS = new URL('../jobs/top-words.job.ts', import.meta.url);
const GREP = new URL('../jobs/grep.job.ts', import.meta.url);

/** Blocks of a batch: one for each worker of threads(2); all contenders get the same. */
const BLOCKS = 2;

/** Moby Dick repeated to two million words, in batches of (very nearly) equally many words. */
function textBatches(batches: number): { readonly batches: string[][]; readonly words: number } {
  const lines = repeatToWords(mobyDickLines(), 2_000_000);
  return { batches: splitByWords(lines, batches), words: countWords(lines) };
}

/** Word count from lines in memory, by closures: the engine's loop against a hand-written one. */
const wordCountLines: Suite = {
  id: 'wordcount-lines',
  title: 'Word count, lines in memory',
  group: 'Moby Dick',
  about:
    '2.1 million words as strings in memory, 2 batches of 1,060,000 (2 of 530,000 with --quick); each batch counts its words.',
  collections: ['quick', 'full'],
  async run(context) {
    const taken = textBatches(context.quick ? 4 : 2).batches.slice(0, 2);
    const batches = () => taken;
    const contenders = [
      loopContender({ loop: floors.wordCount, batches }),
      ...engineContenders({ job: WORD_COUNT, batches }, backends(['single'])),
    ];
    const laps = await race(contenders, context);
    const rows = throughputRows(this.id, laps, countWords(taken.flat()), 'words/s');
    return { rows, ratios: { 'wordcount.single/loop': speedRatio(laps, 'single', 'loop') } };
  },
};

/** Word count from raw text, which each contender decodes and cuts itself. */
const wordCountRaw: Suite = {
  id: 'wordcount',
  title: 'Word count, raw text',
  group: 'Moby Dick',
  about:
    '2.1 million words as raw UTF-8 in shared memory, 2 batches of 1,060,000 in 2 blocks each, of which a run takes one (two of 4 with --quick); each batch counts its words.',
  collections: ['quick', 'full'],
  async run(context) {
    // As many words in two batches have half the lead-in.
    const taken = context.quick ? 2 : 1;
    const text = textBatches(2 * taken);
    const raw = text.batches.map((lines) => rawBatch(lines, BLOCKS));
    const batches = (run: number) => (run % 2 === 0 ? raw.slice(0, taken) : raw.slice(taken));
    const engines = backends(context.quick ? ['single', 'threads2'] : undefined);
    const contenders = [
      loopContender({ loop: floors.rawWordCount, batches }),
      ...engineContenders({ job: WORD_COUNT, batches }, engines),
    ];
    const laps = await race(contenders, context);
    const rows = throughputRows(this.id, laps, text.words / 2, 'words/s');
    return { rows, ratios: { 'wordcount.threads2/single': speedRatio(laps, TITLES.threads2, TITLES.single) } };
  },
};

const topWords: Suite = {
  id: 'top-words',
  title: 'Top 20 words of a sliding window',
  group: 'Moby Dick',
  about:
    '2.1 million words as raw text, 20 batches of 106,000, of which a run takes 10; after each the 20 most frequent words of the last 4.',
  async run(context) {
    const text = textBatches(20);
    const raw = text.batches.map((lines) => rawBatch(lines, BLOCKS));
    const batches = (run: number) => (run % 2 === 0 ? raw.slice(0, 10) : raw.slice(10));
    const contenders = [
      loopContender({ loop: () => floors.topWords(20, 4), batches }),
      ...engineContenders({ job: TOP_WORDS, batches }, backends()),
    ];
    const laps = await race(contenders, context);
    return { rows: throughputRows(this.id, laps, text.words / 2, 'words/s'), ratios: {} };
  },
};

const grep: Suite = {
  id: 'grep',
  title: 'Grep',
  group: 'Moby Dick',
  about:
    'Lines that hold "whale", of 2.1 million words of raw text in 4 batches, 3 times over; the lines are delivered.',
  async run(context) {
    const text = textBatches(4);
    const once = text.batches.map((lines) => rawBatch(lines, BLOCKS));
    const raw = [once, once, once].flat();
    const batches = () => raw;
    const contenders = [
      loopContender({ loop: () => floors.grep('whale'), batches }),
      ...engineContenders({ job: GREP, params: { text: 'whale' }, batches }, backends()),
    ];
    const laps: Laps = await race(contenders, context);
    return { rows: throughputRows(this.id, laps, 3 * text.words, 'words/s'), ratios: {} };
  },
};

/** Workloads on a real text. */
export const mobyDickSuites: readonly Suite[] = [wordCountLines, wordCountRaw, topWords, grep];
