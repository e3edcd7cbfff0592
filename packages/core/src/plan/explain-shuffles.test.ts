import { expect, test } from 'vitest';
import { StreamingContext, seconds } from '../index.ts';
import { ManualClock, runBatches, TestSource } from '../testing/index.ts';
import { inlineBackend } from '../testing/inline-backend.ts';

test('explain shows how even the shuffles of the last batch were, and which keys were heavy', async () => {
  const clock = new ManualClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {}, defaultParallelism: 3 });
  const records = Array.from({ length: 3000 }, (_, i): [string, number] => [i % 2 === 0 ? 'hot' : `k${i % 300}`, i]);
  const grouped = new TestSource(ssc, [records, []]).groupByKey();
  grouped.foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'out' });
  expect(ssc.explain()).not.toContain('shuffles of the last batch');
  expect(ssc.explain('json').shuffles).toEqual([]);
  await ssc.start();
  await runBatches(ssc, clock, 1);
  const [{ records: spread, heavyKeys }] = ssc.explain('json').shuffles;
  const text = ssc.explain().split('\n').slice(-2);
  expect(text[0]).toBe('shuffles of the last batch:');
  expect(text[1]).toMatch(
    /^ {2}groupByKey-1: 3000 records to 3 partitions, max\/mean \d\.\d\d in records and \d\.\d\d in time; heavy keys: 'hot' \d\d %; split: 'hot' over 3$/,
  );
  expect(text[1]).toContain(`max/mean ${(Math.max(...spread) / 1000).toFixed(2)} in records`);
  expect(heavyKeys.map(({ key }) => key)).toEqual(['hot']);
  await ssc.stop();
});
