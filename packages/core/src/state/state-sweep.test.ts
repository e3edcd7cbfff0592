import { expect, test } from 'vitest';
import { seededRandom } from '../lineage/builtins.ts';
import { outlineDelta } from './delta-outline.ts';
import { KeyedState } from './keyed-state.ts';
import { decodeDelta, encodeDelta } from './state-delta.ts';
import type { Pane } from './state-entry.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', [1, 'x'], [2, 'x'], 7, 8.5, '__proto__', ''];
/** A window of so many batches. */
const WINDOW = 3;

/** Choices of a seed. */
class Choices {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(String(seed));
  }

  upTo(n: number): number {
    return Math.floor(this.random() * (n + 1));
  }

  chance(share: number): boolean {
    return this.random() < share;
  }
}

/** A batch on a state, as an operator would do it: keys come, change, go, come again, and do so within the batch. */
function attempt(state: KeyedState, { time, base }: { time: number; base: number | null }, choices: Choices): void {
  state.begin({ time, base, expireBefore: null }, 'test', 0);
  for (let acts = choices.upTo(8); acts > 0; acts--) {
    const key = KEYS[choices.upTo(KEYS.length - 1)];
    const entry = state.find(key);
    if (choices.chance(0.65)) state.put(entry, key, choices.upTo(999), time);
    else if (entry !== undefined) state.kill(entry);
  }
  const panes = state.panes.filter((pane) => pane.time > time - WINDOW);
  const piece = () => {
    const keys = KEYS.slice(0, choices.upTo(3));
    return { keys, values: keys.map(() => time) };
  };
  const fresh: Pane = { time, pieces: Array.from({ length: choices.upTo(2) }, piece), found: null };
  state.panes = choices.chance(0.6) ? [...panes, fresh] : panes;
}

const view = (state: KeyedState) => ({
  version: state.version,
  size: state.size,
  entries: [...state.entries.values()].filter((e) => !e.dead).map(({ key, value, time }) => [key, value, time]),
  panes: state.panes.map(({ time, pieces }) => [time, pieces.map(({ keys, values }) => [keys, values])]),
});

/** What a store keeps of a partition: deltas by their time, and a base in the place of the first of them. */
class Chain {
  #parts: { readonly time: number; readonly bytes: Uint8Array }[] = [];
  bases = 0;
  /** Bases that were read in more than one batch. */
  swept = 0;

  add(time: number, bytes: Uint8Array): void {
    this.#parts.push({ time, bytes });
  }

  begin(base: { readonly time: number; readonly bytes: Uint8Array }): void {
    this.#parts = [base, ...this.#parts.filter(({ time }) => time > base.time)];
    this.bases += 1;
    if (decodeDelta(base.bytes).sweptUntil !== undefined) this.swept += 1;
  }

  restored(time: number): KeyedState {
    const state = new KeyedState();
    for (const { bytes } of this.#parts) state.load(decodeDelta(bytes));
    state.version = time;
    return state;
  }

  /** Keys, by what deltas say of themselves. */
  get keys(): number {
    return this.#parts
      .map(({ bytes }) => outlineDelta((at, length) => bytes.subarray(at, at + length)))
      .reduce((n, { size, inserted, removed }) => size ?? n + inserted.count - removed.count, 0);
  }
}

function run(seed: number): Chain {
  const choices = new Choices(seed);
  const chain = new Chain();
  const slice = 1 + choices.upTo(4);
  let state = new KeyedState();
  let base: number | null = null;
  let wanted = false;
  for (let time = 1; time <= 30; time++) {
    // Attempts before the one that counts do something else. Somebody may ask for what was there before.
    for (let failed = choices.chance(0.3) ? choices.upTo(2) : 0; failed > 0; failed--) {
      attempt(state, { time, base }, choices);
      if (choices.chance(0.3)) state.pairsBefore(base, 'test', 0);
    }
    attempt(state, { time, base }, choices);
    // The batch has failed: the next one continues the one before.
    if (choices.chance(0.15)) continue;
    wanted ||= choices.chance(0.3);
    // What a slot has answered is lost with another slot, and it is asked again, or everything is done again.
    if (choices.chance(0.1)) {
      if (wanted) state.sweep(slice, 'test');
      if (choices.chance(0.5)) attempt(state, { time, base }, choices);
    }
    // Other partitions may take up what a slot reads with a batch.
    const read = wanted && choices.chance(0.8) ? state.sweep(slice, 'test').base : null;
    chain.add(time, encodeDelta(state.delta(), 'test'));
    if (read !== null) {
      chain.begin(read);
      wanted = false;
    }
    const restored = chain.restored(time);
    const [seen, wants] = [view(restored), view(state)];
    // A text is compared faster.
    if (JSON.stringify(seen) !== JSON.stringify(wants)) expect(seen).toEqual(wants);
    expect(chain.keys).toBe(state.size);
    base = time;
    if (choices.chance(0.05)) state = restored;
  }
  return chain;
}

test('a state that is made of a sweep and what came after is the state that was, in order', () => {
  const first = Math.trunc(Math.random() * 2 ** 31);
  console.info(`sweeps: seed ${first}`);
  let bases = 0;
  let swept = 0;
  for (let n = 0; n < 2000; n++) {
    try {
      const chain = run(first + n);
      bases += chain.bases;
      swept += chain.swept;
    } catch (cause) {
      throw new Error(`seed ${first + n}: ${(cause as Error).message}`, { cause });
    }
  }
  expect(bases).toBeGreaterThan(2000);
  expect(swept).toBeGreaterThan(bases / 4);
}, 60_000);

/** A state with keys 0 to n - 1, which a batch at time 1 has put. */
function filled(n: number): KeyedState {
  const state = new KeyedState();
  state.begin({ time: 1, base: null }, 'test', 0);
  for (let key = 0; key < n; key++) state.put(state.find(key), key, 'old', 1);
  return state;
}

test('a slice is no more than what was asked for, or a small share of many keys', () => {
  const state = filled(100);
  expect(state.sweep(60, 'test')).toEqual({ taken: 60, base: null });
  expect(state.sweep(60, 'test')).toMatchObject({ taken: 40, base: { time: 1 } });
  expect(filled(12_800).sweep(10, 'test')).toEqual({ taken: 100, base: null });
});

test('keys that came since a sweep began are left to their deltas, and what they lie behind is its end', () => {
  const state = filled(4);
  state.sweep(2, 'test');
  state.begin({ time: 2, base: 1 }, 'test', 0);
  for (const key of ['new', 'newer']) state.put(undefined, key, 'new', 2);
  const entry = state.find(3);
  if (entry !== undefined) state.kill(entry);
  const { taken, base } = state.sweep(9, 'test');
  expect(taken).toBe(2);
  const read = decodeDelta((base as { bytes: Uint8Array }).bytes);
  expect(read).toMatchObject({ time: 1, whole: true, sweptUntil: 2, inserted: { keys: [0, 1, 2] } });
});

test('a sweep that has read what is undone begins anew, another one goes on', () => {
  const state = filled(4);
  state.sweep(3, 'test');
  for (const value of ['lost', 'kept']) {
    state.begin({ time: 2, base: 1 }, 'test', 0);
    state.put(state.find(3), 3, value, 2);
  }
  expect(state.sweep(9, 'test')).toMatchObject({ taken: 1, base: { time: 1 } });
  state.begin({ time: 3, base: 2 }, 'test', 0);
  state.put(state.find(0), 0, 'lost', 3);
  expect(state.sweep(3, 'test')).toEqual({ taken: 3, base: null });
  state.begin({ time: 3, base: 2 }, 'test', 0);
  const { taken, base } = state.sweep(9, 'test');
  expect(taken).toBe(4);
  expect(decodeDelta((base as { bytes: Uint8Array }).bytes).inserted).toMatchObject({
    keys: [0, 1, 2, 3],
    values: ['old', 'old', 'old', 'kept'],
  });
});

test('what no sweep explains is damage: a key that is updated is missing', () => {
  const columns = { keys: [], values: [] };
  const nothing = { removed: [], inserted: columns, insertedTimes: null, panes: [], newPanes: [] };
  const whole = { ...nothing, time: 1, whole: true, updated: columns };
  const update = { ...nothing, time: 2, whole: false, updated: { keys: ['a'], values: [1] } };
  for (const [sweptUntil, isDamage] of [
    [undefined, true],
    [1, true],
    [2, false],
  ] as const) {
    const state = new KeyedState();
    state.load({ ...whole, ...(sweptUntil === undefined ? {} : { sweptUntil }) });
    const load = () => state.load(update);
    if (isDamage) expect(load).toThrow(expect.objectContaining({ code: 'MR_DECODE' }));
    else expect(load).not.toThrow();
    expect(state.size).toBe(0);
  }
});
