import { OutputDiffers, type Runner, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { type DStream, type Job, loadJob } from '@millrace/core';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { countFromSocket, type Mark } from '../floors/net-counter.ts';
import { Sender } from '../senders/sender.ts';

const FLOOD = new URL('../senders/flood.ts', import.meta.url);
const JOB = new URL('../jobs/socket-count.job.ts', import.meta.url);
const INTERVAL_MS = 50;
const CLIENT = 'net client';

type CountJob = Job<{ readonly port: number }, { readonly counts: DStream<number> }>;

/** Counts with the engine until all lines are there. @returns a mark for each batch that had lines */
async function countWithEngine(id: EngineId, port: number, expected: number): Promise<Mark[]> {
  const { ssc, streams } = await loadJob<CountJob>(JOB, { backend: backendOf(id), params: { port }, warn: () => {} });
  const marks: Mark[] = [];
  let lines = 0;
  const complete = Promise.withResolvers<void>();
  streams.counts.foreachRDD(
    async (rdd) => {
      const [count = 0] = await rdd.collect();
      lines += count;
      if (count > 0) marks.push({ at: performance.now(), lines });
      if (lines >= expected) complete.resolve();
    },
    { name: 'deliver' },
  );
  await ssc.start();
  ssc.awaitTermination().catch(complete.reject);
  try {
    await complete.promise;
  } finally {
    // What was received beyond it would be counted now.
    await ssc.stop({ graceful: true });
  }
  if (lines !== expected) throw new OutputDiffers(`${id} counted ${lines} lines where ${expected} were sent`);
  return marks;
}

/** Lines a second between the first mark and the last but one: whole intervals, without the beginning and the end. */
function rateOf(marks: readonly Mark[]): number {
  const first = marks[0]!;
  const last = marks.at(-2)!;
  if (marks.length < 4) throw new Error(`${marks.length} intervals are too few to measure a rate`);
  return ((last.lines - first.lines) / (last.at - first.at)) * 1000;
}

/** What it costs that lines come from a socket through a receiver into batches. */
export const socketSuite: Suite = {
  id: 'socket-count',
  title: 'Lines from a socket, counted in each batch',
  group: 'Live input',
  about:
    `Lines of 100 bytes from another process on this machine that writes as fast as TCP takes them. The floor is a bare net client that counts ` +
    `newlines. Batches of ${INTERVAL_MS} ms by the clock; a rate is over whole intervals of a connection, and all lines have to be counted exactly.`,
  collections: ['quick', 'full', 'latency'],
  async run(context) {
    const lines = context.quick ? 4_000_000 : 15_000_000;
    const engines: readonly EngineId[] = context.quick ? ['single'] : ['single', 'threads2'];
    await using sender = await Sender.open(FLOOD, [String(lines)]);
    const { port } = sender;
    const runners: readonly Runner[] = [
      { title: CLIENT, run: async () => rateOf(await countFromSocket(port, lines, INTERVAL_MS)) },
      ...engines.map((id) => ({
        title: TITLES[id],
        run: async () => rateOf(await countWithEngine(id, port, lines)),
      })),
    ];
    const turns = await takeTurns(runners, context);
    return {
      rows: turnRows(turns, { suite: this.id, metric: 'throughput', unit: 'lines/s', better: 'higher' }),
      ratios: { 'socket.count/net': turnRatio(turns, TITLES.single, CLIENT) },
    };
  },
};
