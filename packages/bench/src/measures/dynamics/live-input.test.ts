import { expect, it } from 'vitest';
import { DEFAULT_BACKENDS } from '../../harness/contenders.ts';
import type { SuiteContext } from '../../suite.ts';
import { sweep } from '../../workload.ts';
import { straggler } from './straggler.ts';
import { workerKill } from './worker-kill.ts';

const load = { rate: 1000, intervalMs: 100 };
const context: SuiteContext = { quick: true, runs: 5, goOn: () => false, hasTime: () => false, progress: () => {} };
const [live] = sweep<unknown, unknown, unknown>({
  id: 'live',
  title: 'Live',
  job: new URL('../../../test/fixtures/plain.job.ts', import.meta.url),
  input: {
    records: () => [],
    open() {
      throw new Error('it was opened');
    },
  },
  batch: 1,
});

it.each([workerKill(load), straggler(load)])('$id takes no job that has a source of its own', async (measure) => {
  const suite = measure.suiteOf(live!, DEFAULT_BACKENDS);
  await expect(suite.run(context)).rejects.toThrow('gets its records from a source of its own');
});
