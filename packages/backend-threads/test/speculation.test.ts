import { memoryStore, milliseconds, seconds } from '@millrace/core';
import { afterAll, describe, expect, it } from 'vitest';
import { threads } from '../src/index.ts';
import { runStuck } from './stuck-run.ts';

const backend = threads({ workers: 2 });
afterAll(() => backend.stop());

const speculation = { quantile: 0.5, minTaskTime: milliseconds(100), interval: milliseconds(10) };
/** In each batch another record gets stuck in its first attempt. */
const batches = Array.from({ length: 100 }, (_, i) => [i % 7, 100 + i, i % 5, i % 3]);
const wanted = (all: typeof batches) =>
  all.map((records) => {
    const sums = new Map<number, number>();
    for (const n of records) sums.set(n % 3, (sums.get(n % 3) ?? 0) + n);
    return [...sums].sort((a, b) => a[0] - b[0]);
  });
const sorted = (out: [number, number][][]) => out.map((batch) => batch.toSorted((a, b) => a[0] - b[0]));

describe('a task that takes much longer than the others', () => {
  it('is started in a second worker as well, and the first to finish counts', async () => {
    const plain = await runStuck(backend, { how: 'wait', batches, times: 0 }, {});
    const { out, failure, seen, infos, holdings, pending } = await runStuck(
      backend,
      { how: 'wait', batches },
      { speculation },
    );
    expect(failure).toBeNull();
    expect(out).toEqual(plain.out);
    expect(sorted(out)).toEqual(wanted(batches));
    expect(seen).toBe(400);
    // Time stands still but for the stragglers, so others may look like some as well.
    expect(infos.every((b) => (b.tasks?.speculativeTasksWon ?? 0) >= 1)).toBe(true);
    expect(holdings).toEqual(plain.holdings);
    expect(pending.at(-1)).toBeLessThanOrEqual(pending[0]);
  });

  it('is stopped with its worker if it does not yield', async () => {
    const few = batches.slice(0, 3);
    const { out, failure, seen, infos } = await runStuck(backend, { how: 'loop', batches: few }, { speculation });
    expect(failure).toBeNull();
    expect(sorted(out)).toEqual(wanted(few));
    expect(seen).toBe(12);
    expect(infos.every((b) => (b.tasks?.speculativeTasks ?? 0) >= 1)).toBe(true);
  });

  it('does not hold up what waits behind it, also where too few others can finish before that', async () => {
    const few = [[0, 101, 2, 1]];
    const { out, failure, infos } = await runStuck(
      backend,
      { how: 'wait', batches: few },
      { speculation: { ...speculation, quantile: 0.75 } },
    );
    expect(failure).toBeNull();
    expect(sorted(out)).toEqual(wanted(few));
    expect(infos[0].tasks?.speculativeTasksWon).toBe(1);
  });

  it('costs no state that a checkpoint has, though its worker is replaced when its time is over', async () => {
    const few = batches.slice(0, 3);
    const params = { how: 'loop', batches: few, stateful: true } as const;
    const options = { speculation, maxTaskFailures: 4, taskTimeout: seconds(2) };
    const plain = await runStuck(backend, { ...params, times: 0 }, {});
    const { out, failure, seen } = await runStuck(backend, params, { ...options, checkpoint: memoryStore() });
    expect(failure).toBeNull();
    expect(out).toEqual(plain.out);
    expect(seen).toBe(plain.seen);
  });

  it('is waited for where there is no second worker, and the job says so', async () => {
    const warnings: string[] = [];
    const alone = threads({ workers: 1 });
    const few = batches.slice(0, 1);
    const options = { speculation: true, warn: (message: string) => warnings.push(message) };
    const { out } = await runStuck(alone, { how: 'wait', batches: few, times: 0 }, options);
    await alone.stop();
    expect(sorted(out)).toEqual(wanted(few));
    expect(warnings.join()).toContain('speculation has no effect');
  });
});
