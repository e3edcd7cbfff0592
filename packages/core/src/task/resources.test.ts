import { expect, test } from 'vitest';
import { using } from '../api/using.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Resources } from './resources.ts';

test('all who ask get what was opened first, also while it opens', async () => {
  let opened = 0;
  const open = Promise.withResolvers<void>();
  const resource = using(async () => {
    opened += 1;
    await open.promise;
    return { opened };
  });
  const resources = new Resources(new ManualClock());
  const both = [resources.get(resource), resources.get(resource)];
  open.resolve();
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second);
  expect(opened).toBe(1);
  expect(resources.size).toBe(1);
});

test('slots have their own', async () => {
  const resource = using(() => ({}));
  const clock = new ManualClock();
  expect(await new Resources(clock).get(resource)).not.toBe(await new Resources(clock).get(resource));
});

test('closing waits for all, reports what fails, and opens nothing after', async () => {
  const closed: string[] = [];
  const good = using(
    () => 'good',
    async (name) => {
      await null;
      closed.push(name);
    },
  );
  const bad = using(
    () => 'bad',
    () => {
      throw new Error('already gone');
    },
    { name: 'bad one' },
  );
  const broken = using(() => Promise.reject(new Error('never opened')));
  const clock = new ManualClock();
  const resources = new Resources(clock);
  await resources.get(bad);
  await resources.get(good);
  const failing = resources.get(broken);
  const complaints = await resources.close();
  await expect(failing).rejects.toThrow('never opened');
  expect(closed).toEqual(['good']);
  expect(complaints).toEqual(['closing the resource "bad one" failed: already gone']);
  expect(clock.pending).toBe(0);
  expect(() => resources.get(good)).toThrow('after the context was stopped');
  expect(await resources.close()).toEqual([]);
});

test('a resource that does not close keeps nobody waiting for ever', async () => {
  const clock = new ManualClock();
  const resources = new Resources(clock);
  await resources.get(
    using(
      () => 1,
      () => new Promise(() => {}),
      { name: 'stuck' },
    ),
  );
  const closing = resources.close();
  await clock.advance(10_000);
  expect(await closing).toEqual(['the resource "stuck" was not closed within 10000 ms; the job ends without it']);
});

test('a slot does not fill with resources that are made for each batch', async () => {
  const resources = new Resources(new ManualClock());
  for (let i = 0; i < 256; i++) await resources.get(using(() => i));
  expect(() => resources.get(using(() => 0, undefined, { name: 'one more' }))).toThrow('where the plan is built');
});

test('bad arguments are refused', () => {
  expect(() => using('x' as never)).toThrow('needs a function');
  expect(() => using(() => 1, 'x' as never)).toThrow('needs a function');
  expect(() => using(() => 1, undefined, { nam: 'x' } as never)).toThrow('using: nam');
});
