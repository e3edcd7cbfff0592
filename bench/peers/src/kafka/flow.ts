import { string } from '@kafkats/client';
import { flow } from '@kafkats/flow';
import { whenComplete } from './complete.ts';
import type { Counted } from './counted.ts';
import { quietClient } from './topic.ts';

let applications = 0;

/** A running count by key on @kafkats/flow: its own aggregation, state in memory, without the topic that would make it durable. */
export async function countByFlow(topic: string, records: number): Promise<Counted> {
  const client = quietClient('bench-peers-flow');
  const applicationId = `peers-flow-${process.pid}-${Date.now()}-${applications++}`;
  const app = flow({ applicationId, client, processingGuarantee: 'at_least_once' });
  const counts = new Map<string, number>();
  const complete = Promise.withResolvers<void>();
  let seen = 0;
  let begun = 0;
  let ended = 0;
  app
    .stream(topic, { key: string(), value: string(), offsetReset: 'earliest' })
    .peek(() => {
      begun ||= performance.now();
    })
    .groupByKey()
    .count({ changelog: false })
    .toStream()
    .peek((key, count) => {
      counts.set(key ?? '', count ?? 0);
      if (++seen < records) return;
      ended = performance.now();
      complete.resolve();
    });
  try {
    await app.start();
    await whenComplete(complete.promise, records, () => seen);
  } finally {
    await app.close();
    await client.disconnect();
  }
  return { counts, recordsPerSecond: (records / (ended - begun)) * 1000 };
}
