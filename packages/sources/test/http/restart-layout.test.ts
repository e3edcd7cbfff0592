import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { single } from '@millrace/backend-single';
import { type CheckpointStore, memoryStore, StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { httpStream } from '../../src/http/index.ts';

let dir = '';
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Posts so many requests, then runs a batch or not; how its records were laid out. */
async function life(store: CheckpointStore, posts: readonly string[], runs: boolean): Promise<string[][] | null> {
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, defaultParallelism: 2, warn: () => {} });
  ssc.checkpoint(store, { writeAheadLog: { dir: join(dir, 'log') } });
  const posted = httpStream<string>(ssc, { port: 0, name: 'posted' });
  let laidOut: string[][] | null = null;
  posted.foreachRDD(async (rdd) => {
    laidOut = (await rdd.glom().collect()) as string[][];
    throw new Error('the process dies here');
  });
  await ssc.start();
  ssc.awaitTermination().catch(() => {});
  const { url } = await posted.listening;
  for (const body of posts) {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    expect(answer.status).toBe(202);
  }
  if (runs) await runBatches(ssc, clock, 1).catch(() => {});
  await ssc.awaitIdle().catch(() => {});
  await ssc.stop();
  return laidOut;
}

test('a batch of requests from before and after a restart is laid out the same when it runs again', async () => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-layout-'));
  const inner = memoryStore();
  // Nothing is written down of the end of a batch, as if the process had died in it.
  const store: CheckpointStore = new Proxy(inner, {
    get(target, name) {
      if (name === 'write')
        return async (changes: Parameters<CheckpointStore['write']>[0]) => {
          if (changes.some((change) => change.kind === 'put' && change.key[0] === 'done')) throw new Error('dead');
          await target.write(changes);
        };
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  expect(await life(store, ['a', 'b', 'c'], false)).toBeNull();
  const first = await life(store, ['d', 'e', 'f', 'g', 'h'], true);
  expect(first?.flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  const again = await life(store, [], true);
  expect(again).toEqual(first);
});
