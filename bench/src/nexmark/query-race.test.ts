import { expect, it } from 'vitest';
import { EventBatches } from './generator/batches.ts';
import { NexmarkGenerator } from './generator/generator.ts';
import { nexmarkQueries } from './queries.ts';
import { checkQuery } from './query-race.ts';

it('refuses a query whose rows are not those of its oracle', async () => {
  const q12 = nexmarkQueries.find(({ id }) => id === 'q12')!;
  const batches = new EventBatches(new NexmarkGenerator(), 2000, 1000);
  await checkQuery(q12, batches);
  const fewer = { ...q12, oracle: (events: Parameters<typeof q12.oracle>[0]) => q12.oracle(events).slice(1) };
  await expect(checkQuery(fewer, batches)).rejects.toThrow(/^q12: \d+ rows, not \d+; row/);
});
