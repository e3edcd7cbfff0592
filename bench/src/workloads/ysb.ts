import { cost, generated, generatedLines, latency, throughput, type Workload } from '@millrace/bench';
import { viewCounts } from '../floors/ysb.ts';
import { AD_WORLD, type AdEvent, jsonOf } from '../ysb/events.ts';
import type { WindowCount } from '../ysb/window-counts.ts';

/*
 * The Yahoo Streaming Benchmark without its Kafka and Redis, which are most of what it measures elsewhere (McSherry 2018): events
 * as objects are about the engine, events as JSON about parsing. Event time goes on by 131 s over the pool and begins again
 * with it, so that the state has an end.
 */

const common = {
  group: 'Yahoo Streaming Benchmark',
  collections: ['full', 'ysb'],
  batch: 20_000,
  unit: 'events',
  measure: [throughput(), latency({ rate: 100_000, intervalMs: 20 }), cost()],
} as const;
const event = AD_WORLD.events();

const objects: Workload<AdEvent, WindowCount, { partitions: number }> = {
  ...common,
  id: 'ysb-objects',
  title: 'Yahoo Streaming Benchmark, events as objects',
  about: 'Views by campaign and window of 10 s of event time, added up over batches; events are objects of 7 texts.',
  job: new URL('../jobs/ysb/objects.job.ts', import.meta.url),
  params: { partitions: 2 },
  input: generated(event),
  reference: viewCounts,
};

const json: Workload<string, WindowCount> = {
  ...common,
  id: 'ysb-json',
  title: 'Yahoo Streaming Benchmark, events as JSON',
  about:
    'Views by campaign and window of 10 s of event time, added up over batches; events are lines of JSON in raw blocks.',
  job: new URL('../jobs/ysb/json.job.ts', import.meta.url),
  input: generatedLines((n) => jsonOf(event(n))),
  reference: () => {
    const counts = viewCounts();
    return (lines) => counts(lines.map((line): AdEvent => JSON.parse(line)));
  },
};

/** The Yahoo Streaming Benchmark. */
export const ysbWorkloads = [objects, json];
