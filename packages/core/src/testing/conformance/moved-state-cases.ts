import type { ExecutionBackend } from '../../backend/contract.ts';
import { memoryStore } from '../../checkpoint/memory-store.ts';
import { BUCKETS_PER_PARTITION } from '../../data/bucket-table.ts';
import { hashKey } from '../../data/hash.ts';
import { seededRandom } from '../../lineage/builtins.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import { movedStateOperators } from './moved-state-operators.ts';
import { type Seen, seeState, type Way } from './moved-state-run.ts';
import type { Sample } from './operators.ts';
import { sweeping } from './sweep-cases.ts';

const OPERATORS = Object.keys(movedStateOperators('auto'));

/** Keys come, go idle, and come again; some are in nearly every batch. */
function batches(seed: string, count: number, records: number): Sample[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, batch) =>
    Array.from({ length: batch % 7 === 5 ? 0 : records }, (): Sample => {
      const drift = 5 * Math.floor(batch / 4);
      return [`k${drift + Math.floor(random() ** 3 * 60)}`, 1 + Math.floor(random() * 9)];
    }),
  );
}

const PAIRS = batches('moved', 18, 50);

/** States move with this, every other batch: where to follows from the time. */
function anew(node: string, time: number, table: readonly number[]): number[] {
  const partitions = table.length / BUCKETS_PER_PARTITION;
  return table.map((_, bucket) => {
    const dice = hashKey([node, Math.floor(time / 2000), bucket]);
    return time > 2000 && dice % 2 === 0 ? (dice >>> 8) % partitions : bucket % partitions;
  });
}

const see = (backend: ExecutionBackend, way: Omit<Way, 'placement' | 'pairs'> & Partial<Way>): Promise<Seen> =>
  seeState(backend, { pairs: PAIRS, placement: way.skew === 'auto' ? anew : null, ...way });

/** State that moves gives what it gives where it stays. */
export function movedStateCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const on = casesOn(makeBackend);
  const compare = (found: Seen, expected: Seen, what: string) => {
    same(found.failed, expected.failed, `batches of ${what} that fail`);
    same(found.outputs, expected.outputs, `outputs of ${what}`);
    same(found.states, expected.states, `states of ${what}`);
  };
  return [
    on('state that moves all the time gives what it gives where it stays, for every operator', async (backend) => {
      for (const operator of OPERATORS) {
        const expected = await see(inlineBackend(), { skew: 'hash', operator });
        const found = await see(backend, { skew: 'auto', operator });
        compare(found, expected, operator);
        same(expected.moves, [], `moves of ${operator}, by hash`);
        // The state of keys that change moves with each batch, and is not told of.
        const told = operator.includes('keys that change') || found.moves.length > 5;
        holds(told, `state of ${operator} moves`, found.moves);
      }
    }),
    on('state that moves, is read over several batches and made anew, goes on where it was', async (backend) => {
      let swept = 0;
      const watched = sweeping(backend, () => {
        swept += 1;
      });
      for (const operator of OPERATORS) {
        const pairs = batches(operator, 40, 15);
        const expected = await see(inlineBackend(), { skew: 'hash', operator, pairs });
        const options = { checkpoint: memoryStore() };
        compare(await see(watched, { skew: 'auto', operator, pairs, options }), expected, operator);
      }
      holds(swept > 20, 'partitions were read over several batches', swept);
    }),
    on('a task of a batch that moves state fails, and is tried again', async (backend) => {
      const pairs = PAIRS.map((batch): Sample[] => [...batch, ['flaky', 1], ['k1', 1]]);
      const way = { operator: 'a function that refuses a record', pairs, options: { maxTaskFailures: 2 } };
      const found = await see(backend, { ...way, skew: 'auto' });
      compare(found, await see(inlineBackend(), { ...way, skew: 'hash' }), 'what is tried again');
      same([found.failed, found.moves.length > 5], [[], true], 'failures, and whether anything moves');
    }),
    on('a batch that moves state is run again as a whole', async (backend) => {
      const pairs = PAIRS.map((batch): Sample[] => [...batch, ['flaky', 1], ['k1', 1]]);
      const way = { operator: 'a function that refuses a record', pairs, options: { maxBatchFailures: 2 } };
      const found = await see(backend, { ...way, skew: 'auto' });
      compare(found, await see(inlineBackend(), { ...way, skew: 'hash' }), 'what is run again');
      same([found.failed, found.moves.length > 5], [[], true], 'failures, and whether anything moves');
    }),
    on('a batch that moves state fails, and later ones go on', async (backend) => {
      for (const checkpoint of [undefined, memoryStore()]) {
        // All that would move, and some that would not; two in a row.
        const pairs = PAIRS.map((batch, i): Sample[] => (i % 2 === 1 || i % 6 === 2 ? [...batch, ['fail', 1]] : batch));
        const operator = 'a function that refuses a record';
        const options = checkpoint === undefined ? {} : { checkpoint };
        const found = await see(backend, { operator, pairs, skew: 'auto', options });
        compare(found, await see(inlineBackend(), { operator, pairs, skew: 'hash' }), 'what goes on');
        same([found.failed.length > 5, found.moves.length > 3], [true, true], 'failures, and whether anything moves');
      }
    }),
    on('an uneven load moves state, the same everywhere', async (backend) => {
      const random = seededRandom('uneven');
      const pairs = Array.from({ length: 7 }, () =>
        Array.from({ length: 3000 }, (): Sample => [`k${Math.floor(random() ** 3 * 300)}`, 1]),
      );
      for (const operator of ['mapWithState', 'updateStateByKey', 'dedupe']) {
        const way = { operator, pairs, placement: null, options: { defaultParallelism: 4 } };
        const found = await see(backend, { ...way, skew: 'auto' });
        const expected = await see(inlineBackend(), { ...way, skew: 'hash' });
        compare(found, expected, operator);
        same(found.moves, (await see(inlineBackend(), { ...way, skew: 'auto' })).moves, `moves of ${operator}`);
        same([found.moves.length, expected.moves.length], [1, 0], `how often state of ${operator} moves`);
      }
    }),
  ];
}
