import type { RDD } from '../../api/rdd/rdd.ts';
import { milliseconds, seconds } from '../../api/time.ts';
import type { ExecutionBackend } from '../../backend/contract.ts';
import { isMillraceError } from '../../errors/index.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { collectOutputs, runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, rejection, same } from './expect.ts';
import { load, PAIRS, run } from './run-job.ts';
import { wrapped } from './wrapped.ts';

const scenario = (operator: string) => ({ group: 'scenario', operator });

/** What the driver does with batches: actions, broadcasts, accumulators, and that nothing is left behind. */
export function driverCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using('foreachPartition runs once for each partition', async (backend) => {
      const { accumulated } = await run(backend, {
        ...scenario('foreachPartition'),
        pairs: PAIRS.slice(0, 2),
        numInputPartitions: 2,
      });
      same([...(accumulated as string[])].sort(), ['0:ab', '0:ad', '1:aa', '1:acb'], 'partitions that were seen');
    }),
    using('actions of foreachRDD', async (backend) => {
      same(await actionsOf(backend), await actionsOf(inlineBackend()), 'results of actions');
    }),
    using('take moves no more than it needs', async (backend) => {
      const fetched: (number | null)[] = [];
      const { ssc, clock, stream } = await load(spying(backend, fetched), {
        group: 'element operators',
        operator: 'map',
        numInputPartitions: 3,
      });
      let first: unknown[] = [];
      stream.foreachRDD(
        async (rdd) => {
          first = await rdd.take(1);
        },
        { name: 'taking' },
      );
      await ssc.start();
      await runBatches(ssc, clock, 1);
      await ssc.stop();
      same(first, ['a=0.1'], 'the first record');
      same(fetched, [1], 'limits of the partitions that were fetched');
    }),
    using('a broadcast update holds from the next batch', async (backend) => {
      const { ssc, clock, stream, broadcast } = await load(backend, {
        ...scenario('broadcast'),
        pairs: [[['a', 1]], [['a', 1]], [['a', 1]]],
      });
      const outputs = collectOutputs(stream, 'collected');
      await ssc.start();
      await runBatches(ssc, clock, 1);
      broadcast?.update(20);
      await runBatches(ssc, clock, 1);
      broadcast?.update(30);
      await runBatches(ssc, clock, 1);
      await ssc.stop();
      same(
        outputs.map((o) => o.records),
        [[['a', 10]], [['a', 20]], [['a', 30]]],
        'outputs',
      );
    }),
    using('a job runs at the batch interval that it is loaded with', async (backend) => {
      const windowed = { ...scenario('a window of two seconds'), pairs: PAIRS.slice(0, 4) };
      const { outputs, failure } = await run(backend, windowed, { batchInterval: milliseconds(500) });
      same(failure, null, 'failure');
      same(
        outputs.map(({ time, records }) => [time, records.length]),
        [
          [500, 5],
          [1000, 9],
          [1500, 9],
          [2000, 16],
        ],
        'times and records',
      );
      const refused = await rejection(load(backend, windowed, { batchInterval: seconds(3) }), 'a longer interval');
      holds(isMillraceError(refused, 'MR_WINDOW_MULTIPLE'), 'a window is checked against the interval', refused);
    }),
    using('nothing grows over 1,000 batches', async (backend) => {
      const pairs = Array.from({ length: 1000 }, (_, i) => PAIRS[i % PAIRS.length]);
      const live = new Set<string>();
      const { ssc, clock, stream } = await load(counting(backend, live), {
        ...scenario('everything at once'),
        pairs,
        numInputPartitions: 2,
      });
      collectOutputs(stream, 'collected').length = 0;
      await ssc.start();
      await runBatches(ssc, clock, 100);
      const before = { ...ssc.run?.planner.holdings(), handles: live.size };
      await runBatches(ssc, clock, 900);
      const after = { ...ssc.run?.planner.holdings(), handles: live.size };
      await ssc.stop();
      await ssc.awaitTermination();
      for (const key of Object.keys(before) as (keyof typeof before)[]) {
        holds((after[key] ?? 0) <= (before[key] ?? 0) + 20, `${key} does not grow`, { before, after });
      }
    }),
  ];
}

/** All kinds of actions over one batch. */
async function actionsOf(backend: ExecutionBackend): Promise<unknown[]> {
  const { ssc, clock, stream } = await load(backend, {
    group: 'pair operators',
    operator: 'reduceByKey',
    numInputPartitions: 3,
  });
  const results: unknown[] = [];
  stream.foreachRDD(
    async (any) => {
      const rdd = any as RDD<[string, number]>;
      results.push(
        await rdd.collect(),
        await rdd.count(),
        await rdd.take(2),
        await rdd.isEmpty(),
        await rdd.lookup('a'),
      );
      results.push([...(await rdd.collectAsMap())], await rdd.values().sum(), await rdd.top(1), rdd.numPartitions);
      const sorted = rdd.sortBy(([, v]) => v).cache();
      results.push(await sorted.collect(), await sorted.count(), await sorted.take(1));
      results.push(
        await rdd
          .union(ssc.parallelize<[string, number]>([['more', 1]]))
          .reduceByKey((a, b) => a + b)
          .collect(),
      );
      sorted.unpersist();
    },
    { name: 'acting' },
  );
  await ssc.start();
  await runBatches(ssc, clock, 4);
  await ssc.stop();
  await ssc.awaitTermination();
  return results;
}

/** A backend that notes how much of kept partitions the driver asks for. */
function spying(backend: ExecutionBackend, limits: (number | null)[]): ExecutionBackend {
  return wrapped(backend, (session) => ({
    fetch: (handle, limit) => {
      limits.push(limit);
      return session.fetch(handle, limit);
    },
  }));
}

/** A backend that keeps the books of partitions that are kept and not released. */
function counting(backend: ExecutionBackend, live: Set<string>): ExecutionBackend {
  return wrapped(backend, (session) => ({
    run: async (graph) => {
      const result = await session.run(graph);
      for (const stage of graph.stages) {
        for (const { keeps } of stage.tasks)
          for (const { kept, partition } of keeps) live.add(kept.handles[partition]?.key ?? '');
      }
      return result;
    },
    release: (handles) => {
      for (const { key } of handles) live.delete(key);
      session.release(handles);
    },
  }));
}
