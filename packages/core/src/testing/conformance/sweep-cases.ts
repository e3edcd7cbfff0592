import type { BackendSession, ExecutionBackend } from '../../backend/contract.ts';
import { memoryStore } from '../../checkpoint/memory-store.ts';
import type { RestoredState, SavedState, StateRequest } from '../../state/saved-state.ts';
import { decodeDelta } from '../../state/state-delta.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { casesOn } from './cases-on.ts';
import { holds, same } from './expect.ts';
import { operatorGroups, type Sample } from './operators.ts';
import { run } from './run-job.ts';
import { wrapped } from './wrapped.ts';

/** Operators that may have state. */
const GROUPS = ['state', 'windows'];
/** State is made anew of what was saved behind every so many batches: in between, sweeps come to their end. */
const LIFE = 11;

/** Batches in which keys come, go, and come again behind others. */
const COMING_AND_GOING = Array.from({ length: 90 }, (_, batch) =>
  [1, 2, 3, 5].map((step): Sample => [`k${(batch * step + step) % 29}`, step / 10]),
);

/** State that is read as a whole while batches go on. */
export function sweepCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  const on = casesOn(makeBackend);
  return [
    on('state that was read over several batches goes on where it was, for every operator', async (backend) => {
      let swept = 0;
      for (const group of GROUPS) {
        for (const operator of Object.keys(operatorGroups[group])) {
          const params = { group, operator, pairs: COMING_AND_GOING };
          const expected = await run(inlineBackend(), params, { checkpoint: memoryStore() });
          const outcome = await run(
            sweeping(backend, () => {
              swept += 1;
            }),
            params,
            { checkpoint: memoryStore() },
          );
          same(outcome.failure, null, `failure of ${group} / ${operator}`);
          same(outcome.outputs, expected.outputs, `outputs of ${group} / ${operator}`);
        }
      }
      holds(swept > 20, 'partitions were read over several batches', swept);
    }),
  ];
}

/**
 * A backend that is asked for the whole of all state, a few entries with each batch, and has it taken away now and then: it gets
 * back what it has answered.
 */
export function sweeping(backend: ExecutionBackend, whenSwept: () => void): ExecutionBackend {
  return wrapped(backend, (session) => {
    const chains = new Map<string, Chain>();
    // As the driver has it: what has been read comes last.
    const partitions = [0, 1, 2, 3];
    let asked = 0;
    return {
      saveState: async (requests) => {
        const saved = await session.saveState(
          requests.map(({ node, time }): StateRequest => ({ node, time, sweep: { partitions, entries: 3 } })),
        );
        for (const each of saved) {
          const id = `${each.node}/${each.partition}`;
          const chain = chains.get(id) ?? new Chain();
          chains.set(id, chain);
          if (chain.add(each)) whenSwept();
          if (each.base !== null) partitions.push(...partitions.splice(partitions.indexOf(each.partition), 1));
        }
        asked += 1;
        if (asked % LIFE === 0) await restored(session, saved, chains);
        // The job's own store is not asked for.
        return saved.map((each) => ({ ...each, base: null }));
      },
    };
  });
}

function restored(
  session: BackendSession,
  saved: readonly SavedState[],
  chains: ReadonlyMap<string, Chain>,
): Promise<void> {
  const states = saved.map(
    ({ node, partition, time }): RestoredState => ({
      node,
      partition,
      time,
      deltas: chains.get(`${node}/${partition}`)?.deltas ?? [],
    }),
  );
  return session.restoreState(states);
}

/** What a store would keep of a partition. */
class Chain {
  #parts: { readonly time: number; readonly bytes: Uint8Array }[] = [];

  /** @returns whether there is a base that was read over several batches */
  add({ time, bytes, base }: SavedState): boolean {
    this.#parts.push({ time, bytes });
    if (base === null) return false;
    this.#parts = [base, ...this.#parts.filter((part) => part.time > base.time)];
    return decodeDelta(base.bytes).sweptUntil !== undefined;
  }

  get deltas(): Uint8Array[] {
    return this.#parts.map(({ bytes }) => bytes);
  }
}
