import { readFileSync } from 'node:fs';
import { single } from '../../packages/backend-single/src/index.ts';
import { threads } from '../../packages/backend-threads/src/index.ts';
import { loadJob } from '../../packages/core/src/index.ts';
import { ManualClock } from '../../packages/core/src/testing/index.ts';
import type job from './job.ts';
import { type AccountsParams, accountsOf, INTERVAL_MS, rangeOf } from './job.ts';

/* The process whose heap is small: node process.ts SETTING. Runs batches one after the other and checks all that they give. */

export interface Setting {
  readonly dir: string;
  readonly backend: 'single' | 'threads';
  readonly params: AccountsParams;
  /** The first batch to run, by number, and the last. */
  readonly from: number;
  readonly to: number;
}

/** What it says of a batch. */
export interface BatchReport {
  readonly batch: number;
  readonly ms: number;
  readonly rssMb: number;
  readonly anonymousMb: number;
  readonly heapMb: number;
}

const { dir, backend, params, from, to } = JSON.parse(process.argv[2]) as Setting;
const fills = Math.ceil(params.keys / params.fill);

/** How often each account was seen, as far as it was seen more than once. */
const seenAgain = new Map<number, number>();
const expected = (batch: number): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const account of accountsOf(rangeOf(params, batch))) {
    if (batch >= fills) seenAgain.set(account, (seenAgain.get(account) ?? 1) + 1);
    counts.set(account, seenAgain.get(account) ?? 1);
  }
  return counts;
};
for (let batch = fills; batch < from; batch++) expected(batch);

const clock = new ManualClock(from * INTERVAL_MS);
const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
  backend: backend === 'single' ? single() : threads({ workers: 2 }),
  params,
  checkpoint: dir,
  clock,
  warn: () => {},
});
let given: readonly [number, number][] = [];
streams.accounts.foreachRDD(
  async (rdd) => {
    given = await rdd.collect();
  },
  { name: 'given' },
);
let began = performance.now();
await ssc.start();
ssc.awaitTermination().catch((e: unknown) => {
  console.error(e);
  process.exit(1);
});
for (let batch = from; batch <= to; batch++) {
  await clock.setTo((batch + 1) * INTERVAL_MS);
  await ssc.awaitIdle();
  const ms = performance.now() - began;
  check(batch);
  process.send?.({ batch, ms, ...memory() } satisfies BatchReport);
  began = performance.now();
}
await ssc.stop();
process.disconnect();

/** The last that a batch says of an account is how often it was seen by then. */
function check(batch: number): void {
  const found = new Map(given);
  for (const [account, seen] of expected(batch)) {
    if (found.get(account) === seen) continue;
    console.error(`batch ${batch}: account ${account} was seen ${seen} times, the state says ${found.get(account)}`);
    process.exit(1);
  }
}

function memory() {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rssMb: mb('VmRSS'), anonymousMb: mb('RssAnon'), heapMb: process.memoryUsage().heapUsed / 2 ** 20 };
}
