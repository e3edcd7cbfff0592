import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whenComplete } from './complete.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says how many records came where the rest does not', async () => {
  let seen = 0;
  const waiting = whenComplete(new Promise(() => {}), 5000, () => seen);
  const said = expect(waiting).rejects.toThrow('4711 of 5000 records came in 65 s');
  seen = 4711;
  await vi.advanceTimersByTimeAsync(65_000);
  await said;
});

it('leaves no timer behind where all came, or the program failed', async () => {
  await whenComplete(Promise.resolve(), 5000, () => 5000);
  await expect(whenComplete(Promise.reject(new Error('no broker')), 5000, () => 0)).rejects.toThrow('no broker');
  expect(vi.getTimerCount()).toBe(0);
});
