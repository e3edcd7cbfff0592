import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedState } from './keyed-state.ts';
import type { StateBase } from './saved-state.ts';
import { decodeDelta, encodeDelta, type StateDelta } from './state-delta.ts';

/** One thing that a batch does. */
type Act = { readonly key: string | [number, string]; readonly put: number | null };

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', '__proto__', ''),
  fc.tuple(fc.nat(2), fc.constantFrom('x', 'y')) as fc.Arbitrary<[number, string]>,
);
const act: fc.Arbitrary<Act> = fc.record({ key, put: fc.option(fc.nat(99)) });
const batches = fc.array(
  fc.record({ acts: fc.array(act, { maxLength: 8 }), retried: fc.boolean(), pane: fc.boolean() }),
  {
    maxLength: 12,
  },
);

/** A batch on a state, as an operator would do it. */
function run(state: KeyedState, acts: readonly Act[], time: number, base: number | null, pane: boolean): void {
  state.begin({ time, base, expireBefore: null }, 'test', 0);
  for (const { key, put } of acts) {
    const entry = state.find(key);
    if (put !== null) state.put(entry, key, { n: put }, time);
    else if (entry !== undefined) state.kill(entry);
  }
  const panes = state.panes.filter((p) => p.time > time - 3);
  state.panes = pane ? [...panes, { time, pieces: [{ keys: ['k', time], values: [time, -1] }], found: null }] : panes;
}

const view = (state: KeyedState) => ({
  version: state.version,
  size: state.size,
  entries: [...state.entries.values()].filter((e) => !e.dead).map(({ key, value, time }) => ({ key, value, time })),
  panes: state.panes.map(({ time, pieces }) => ({
    time,
    pieces: pieces.map(({ keys, values }) => ({ keys, values })),
  })),
});

/** Read in one slice. */
const wholeOf = (state: KeyedState) =>
  decodeDelta((state.sweep(Number.POSITIVE_INFINITY, 'test').base as StateBase).bytes);

const throughBytes = (delta: StateDelta) => decodeDelta(encodeDelta(delta, 'test'));

test('a state that is made of deltas is the state that was, in order, wherever a whole one was put between', () => {
  fc.assert(
    fc.property(batches, fc.nat(12), (steps, wholeAt) => {
      const state = new KeyedState();
      const copy = new KeyedState();
      steps.forEach(({ acts, retried, pane }, i) => {
        const base = state.version;
        const time = i + 1;
        // A first attempt that did something else leaves no trace.
        if (retried) run(state, [{ key: 'lost', put: 1 }, ...acts.slice(1)], time, base, !pane);
        run(state, acts, time, base, pane);
        copy.load(i === wholeAt ? wholeOf(state) : throughBytes(state.delta()));
        expect(view(copy)).toEqual(view(state));
      });
      // What goes on from the copy is what goes on from the state.
      const time = steps.length + 1;
      run(state, [{ key: 'a', put: 7 }], time, state.version, true);
      run(copy, [{ key: 'a', put: 7 }], time, copy.version, true);
      expect(view(copy)).toEqual(view(state));
    }),
    { numRuns: 300 },
  );
});

test('bytes of a delta follow the keys touched', () => {
  const state = new KeyedState();
  const all = Array.from({ length: 10_000 }, (_, i) => ({ key: `key-${i}`, put: i }));
  run(state, all, 1, null, false);
  const whole = encodeDelta(state.delta(), 'test').length;
  run(state, all.slice(0, 10), 2, 1, false);
  expect(encodeDelta(state.delta(), 'test').length).toBeLessThan(whole / 100);
});

test('damaged bytes say so', () => {
  const state = new KeyedState();
  run(state, [{ key: 'a', put: 1 }], 1, null, true);
  const bytes = encodeDelta(state.delta(), 'test');
  for (const bad of [bytes.subarray(0, 4), bytes.subarray(0, bytes.length - 8), new Uint8Array(bytes.length)])
    expect(() => decodeDelta(bad)).toThrow(expect.objectContaining({ code: 'MR_DECODE' }));
});
