import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hearSignsOfLife, signOfLife, whileWaiting } from './sign-of-life.ts';
import { Watchdog } from './watchdog.ts';

let heard: number;
beforeEach(() => {
  vi.useFakeTimers();
  heard = 0;
  hearSignsOfLife(() => {
    heard += 1;
  });
});
afterEach(() => {
  hearSignsOfLife(null);
  vi.useRealTimers();
});

it('is told at most once a second, and to nobody where nobody listens', () => {
  for (let i = 0; i < 5; i++) signOfLife();
  expect(heard).toBe(1);
  vi.advanceTimersByTime(1000);
  signOfLife();
  expect(heard).toBe(2);
  hearSignsOfLife(null);
  signOfLife();
  expect(heard).toBe(2);
});

it('is told while something is waited for, and not after it', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = whileWaiting(() => promise);
  vi.advanceTimersByTime(30_000);
  expect(heard).toBe(3);
  resolve('done');
  expect(await waiting).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

it('is told by a watchdog, when something has moved and when it gives up', async () => {
  const watchdog = new Watchdog(5000, 'stands still');
  watchdog.heard();
  expect(heard).toBe(1);
  vi.advanceTimersByTime(5000);
  expect(heard).toBe(2);
  await expect(watchdog.stalled).rejects.toThrow('stands still');
});
