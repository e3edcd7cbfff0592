import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { Engine, FloorOutput, type Input, type Workload } from '@millrace/bench';
import type { QueueEntry } from '@millrace/core';
import { expect, it } from 'vitest';
import { dstreamsWorkloads } from './dstreams.ts';
import { hotKeyWorkloads } from './moving-hot-key.ts';
import { shufflebenchWorkloads } from './shufflebench.ts';
import { wordsWorkload } from './words.ts';
import { ysbWorkloads } from './ysb.ts';

/* What the bench does before it times anything, on less of each workload: so that a change of a job is seen where it is made. */

/** Of a batch; consumers of ShuffleBench emit nothing before they have had ten. */
const RECORDS = 1000;
const MANY_RECORDS = 10_000;
/** Where there is a preload, which fills windows: of each of its batches, too. */
const FEW_RECORDS = 200;
/** After the preload: what comes out of a window that was full shows in them. */
const BATCHES = 6;

const workloads: readonly Workload<any, any, any>[] = [
  ...dstreamsWorkloads,
  wordsWorkload,
  ...ysbWorkloads,
  ...shufflebenchWorkloads,
  ...hotKeyWorkloads,
];
const combinations = workloads.flatMap((workload) =>
  Object.entries(workload.sweep ?? {})
    .reduce<Record<string, unknown>[]>(
      (all, [name, values]) => all.flatMap((some) => values!.map((value: unknown) => ({ ...some, [name]: value }))),
      [workload.params ?? {}],
    )
    .map((params) => ({ workload, params, id: `${workload.id} ${JSON.stringify(params)}` })),
);

it.each(combinations)('$id gives what its reference gives', async ({ workload, params }) => {
  // None of these has a source of its own.
  const input = (typeof workload.input === 'function' ? workload.input(params) : workload.input) as Input<unknown>;
  const loop = workload.reference!(params);
  const preload = Number(workload.preload ?? 0);
  const size = workload.id === 'shufflebench' ? MANY_RECORDS : preload > 0 ? FEW_RECORDS : RECORDS;
  const batches = preload + BATCHES;
  const cut = (batch: number) => [batch * size, (batch + 1) * size] as const;
  const expected = Array.from({ length: batches }, (_, batch) => loop(input.records(...cut(batch))));
  expect(expected.at(-1)?.length).toBeGreaterThan(0);
  const floor = new FloorOutput(expected);
  for (const [name, backend] of [
    ['single', single()],
    ['threads(2)', threads({ workers: 2 })],
  ] as const) {
    const engine = await Engine.open<unknown, unknown, unknown>({ job: workload.job, params, backend });
    const found: (readonly unknown[])[] = [];
    try {
      for (let batch = 0; batch < batches; batch++)
        found.push(await engine.collectBatch(input.entry(...cut(batch)) as QueueEntry<unknown>));
    } finally {
      await engine.close();
    }
    floor.compare(name, found);
  }
});
