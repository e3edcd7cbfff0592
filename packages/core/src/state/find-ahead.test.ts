import { describe, expect, it } from 'vitest';
import { FindAhead } from './find-ahead.ts';
import { KeyedState } from './keyed-state.ts';

function stateOf(keys: readonly unknown[]): KeyedState {
  const state = new KeyedState();
  state.begin({ time: 1, base: null }, 'test', 0);
  keys.forEach((key, i) => {
    state.put(undefined, key, i, 1);
  });
  return state;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `user-${i}`);

describe('FindAhead', () => {
  it.each([
    ['a small state', 10],
    ['a large state', 20_000],
  ])('finds in %s what find does', (_, size) => {
    const state = stateOf([...numbered(size), 7, null, '\u0001odd', ['a', 1], '\ufffd']);
    const keys = ['user-3', 'nobody', 7, null, '\u0001odd', ['a', 1], ['a', 2], '\ud800', `user-${size - 1}`];
    const entries = new FindAhead(state, keys);
    keys.forEach((key, i) => {
      expect(entries.at(i)).toBe(state.find(key));
    });
    expect(new FindAhead(state, keys).at(0)?.value).toBe(3);
    expect(new FindAhead(state, ['\ud800']).at(0)?.key).toBe('\ufffd');
  });

  it('sees what was put in for a key before', () => {
    const state = stateOf(numbered(20_000));
    const keys = ['new', 'user-1', 'new'];
    const entries = new FindAhead(state, keys);
    expect(entries.at(0)).toBeUndefined();
    const put = state.put(undefined, 'new', 'value', 1);
    expect(entries.at(1)?.key).toBe('user-1');
    expect(entries.at(2)).toBe(put);
  });

  it.each([10_000, 20_000])('goes on past the keys that it looks up together, within its range, of %d', (size) => {
    const keys = numbered(size);
    const state = stateOf(keys);
    const entries = new FindAhead(state, keys, 500, 9_000);
    for (let i = 500; i < 9_000; i++) expect(entries.at(i)?.value).toBe(i);
  });
});
