import {
  estimate,
  type RatioDefinition,
  type Row,
  race,
  type Suite,
  type SuiteContext,
  speedRatio,
  throughputRows,
} from '@millrace/bench';
import { peerContender } from './contenders.ts';
import { firstRun } from './first-run.ts';
import { peers } from './peers.ts';
import { lastWindow, signatureOf } from './signature.ts';
import { MEASURED, zipfWords } from './words.ts';

/** First runs of each peer; each needs a process of its own. */
const FIRST_RUNS = 5;
/** About how much of the time the race takes; first runs take the rest. */
const RACE_SHARE = 0.8;

/** Sliding word count by Millrace and by what people would use instead. */
export const windowSuite: Suite = {
  id: 'peers-window',
  title: 'Sliding word count, 10 batches of 10,000, next to peers',
  group: 'Peers',
  about:
    '500,000 words in memory (vocabulary of 10,000, Zipf 1), 50 batches; after each all words of the last 10 with their counts are ' +
    'delivered. Throughput is the steady state. The first run begins in a new process, starting the program included.',
  collections: ['peers'],
  async run(context) {
    const words = zipfWords(MEASURED);
    const signature = signatureOf(lastWindow(words, MEASURED));
    const contenders = peers.map((peer) => peerContender(peer, words, MEASURED, signature));
    const laps = await race(contenders, {
      ...context,
      progress: (done, doing) => context.progress(done * RACE_SHARE, doing),
    });
    const first = await firstRunRows(this.id, {
      ...context,
      progress: (done, doing) => context.progress(RACE_SHARE + done * (1 - RACE_SHARE), doing),
    });
    return {
      rows: [...throughputRows(this.id, laps, words.length, 'words/s'), ...first],
      ratios: {
        'peers.window/db-ivm': speedRatio(laps, 'millrace', 'db-ivm'),
        'peers.window/rxjs-idiomatic': speedRatio(laps, 'millrace', 'rxjs-idiomatic'),
      },
    };
  },
};

/** Milliseconds of the first run of each peer, in turns. */
async function firstRunRows(suite: string, { quick, progress }: SuiteContext): Promise<Row[]> {
  const rounds = quick ? 1 : FIRST_RUNS;
  const ms = new Map<string, number[]>(peers.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < peers.length; i++) {
      const peer = peers[(i + round) % peers.length]!;
      progress((round * peers.length + i) / (rounds * peers.length), `${peer.title}: first run`);
      ms.get(peer.id)!.push((await firstRun(peer)) * 1000);
    }
  }
  return peers.map(({ id, title }) => {
    const samples = ms.get(id)!;
    const row = { suite, contender: title, metric: 'first run', unit: 'ms', better: 'lower' } as const;
    return { ...row, ...estimate(samples), samples };
  });
}

/** What Millrace must reach next to peers that count the words of a window themselves. */
export const windowRatios: readonly RatioDefinition[] = [
  {
    id: 'peers.window/db-ivm',
    title:
      'Sliding word count: speed of Millrace on single over @tanstack/db-ivm, consolidate and reduce with retraction',
    suite: windowSuite.id,
    direction: 'at least',
    bound: 4,
  },
  {
    id: 'peers.window/rxjs-idiomatic',
    title: 'Sliding word count: speed of Millrace on single over rxjs, bufferCount, groupBy and reduce',
    suite: windowSuite.id,
    direction: 'at least',
    bound: 15,
  },
];
