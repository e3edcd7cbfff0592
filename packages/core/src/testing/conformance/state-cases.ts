import type { ExecutionBackend } from '../../backend/contract.ts';
import { isMillraceError } from '../../errors/index.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { runBatches } from '../run-batches.ts';
import { casesOn } from './cases-on.ts';
import { holds, rejection, same } from './expect.ts';
import { operatorGroups } from './operators.ts';
import { load, PAIRS } from './run-job.ts';

/** Operators that may have state; those that have none say so themselves. */
const GROUPS = ['state', 'windows'];

/** State that is read from the driver while the job runs. */
export function stateCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const using = casesOn(makeBackend);
  return [
    using(
      'committed state of every operator is the same, and within a batch it is that of the one before',
      async (b) => {
        let stateful = 0;
        for (const group of GROUPS) {
          for (const operator of Object.keys(operatorGroups[group])) {
            const expected = await readings(inlineBackend(), group, operator);
            same(await readings(b, group, operator), expected, `committed state of ${group} / ${operator}`);
            if (expected.length > 0) stateful += 1;
          }
        }
        holds(stateful > 10, 'there are operators with state', stateful);
      },
    ),
    using('state is read by key and in the order of partitions, some of it or all', async (backend) => {
      const { ssc, clock, stream } = await load(backend, { group: 'state', operator: 'updateStateByKey' });
      stream.foreachRDD(() => {}, { name: 'looking' });
      const state = ssc.state<string, number>('updateStateByKey-1');
      const early = await rejection(state.get('a'), 'before start');
      holds(isMillraceError(early, 'MR_NOT_INITIALIZED'), 'it is MR_NOT_INITIALIZED', early);
      await ssc.start();
      same(await state.get('a'), undefined, 'state before the first batch');
      same(
        [state.batchTime, (await state.entries()).length],
        [null, 0],
        'batch time and entries before the first batch',
      );
      await runBatches(ssc, clock, 2);
      same(await state.read('d'), { value: 0.7, batchTime: state.batchTime }, 'a key');
      same(state.batchTime?.milliseconds, 2000, 'batch time');
      same(await state.get('z'), undefined, 'a key without state');
      const all = await state.entries();
      same([all.length, all.more, all.batchTime?.milliseconds], [4, false, 2000], 'all entries');
      const three = await state.entries({ limit: 3 });
      same([[...three], three.more], [all.slice(0, 3), true], 'the first three');
      same([...(await state.entries({ prefix: 'b' }))], [['b', await state.get('b')]], 'keys that begin with b');
      const unknown = await rejection(ssc.state('totals').get('a'), 'a name that nobody has');
      holds(isMillraceError(unknown, 'MR_STATE_NAME'), 'it is MR_STATE_NAME', unknown);
      holds(unknown.message.includes('updateStateByKey-1'), 'it lists the names', unknown.message);
      await ssc.stop();
      const late = await rejection(state.get('a'), 'after stop');
      holds(isMillraceError(late, 'MR_CONTEXT_STOPPED'), 'it is MR_CONTEXT_STOPPED', late);
    }),
  ];
}

/** The state of all stateful nodes of a job, after each batch, and while its outputs run. */
async function readings(backend: ExecutionBackend, group: string, operator: string): Promise<unknown[]> {
  const { ssc, clock, stream } = await load(backend, { group, operator, numInputPartitions: 2 });
  const names = ssc.plan.nodes.filter((n) => n.operator.stateLogic !== undefined).map((n) => n.name);
  const read = async () => {
    const states: unknown[] = [];
    for (const name of names) {
      const state = ssc.state(name);
      const entries = await state.entries({ limit: 1000 });
      for (const [key, value] of entries) same(await state.get(key), value, `the state of ${String(key)} in ${name}`);
      states.push([name, entries.batchTime?.milliseconds, [...entries]]);
    }
    return states;
  };
  const after: unknown[] = [names.map((name) => [name, undefined, []])];
  stream.foreachRDD(
    async (rdd) => {
      await rdd.count();
      same(await read(), after.at(-1), `state of ${operator} within a batch`);
    },
    { name: 'reading' },
  );
  await ssc.start();
  for (let i = 0; i < PAIRS.length; i++) {
    await runBatches(ssc, clock, 1);
    after.push(await read());
  }
  await ssc.stop();
  await ssc.awaitTermination();
  return names.length === 0 ? [] : after;
}
