import { expect, test } from 'vitest';
import { Intake } from './intake.ts';
import type { Puller } from './puller.ts';

/** Gives one number for each pull that is let through, and notes what was asked of it. */
class GatedPuller implements Puller<number> {
  readonly rooms: number[] = [];
  closed = 0;
  #next = 0;
  #gate = Promise.withResolvers<boolean>();

  pull(push: (n: number) => void, room: number): Promise<boolean> {
    this.rooms.push(room);
    return this.#gate.promise.then((more) => {
      this.#gate = Promise.withResolvers();
      if (more) push(this.#next++);
      return more;
    });
  }

  async let(more: boolean): Promise<void> {
    this.#gate.resolve(more);
    await settled();
  }

  async fail(reason: unknown): Promise<void> {
    this.#gate.reject(reason);
    await settled();
  }

  close(): void {
    this.closed++;
  }
}

/** Lets all promises that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const failed = (cause: unknown) => new Error('failed', { cause });

function counting(last: number): Puller<number> & { pulled: number } {
  return {
    pulled: 0,
    pull(push, room) {
      for (let i = 0; i < room && this.pulled < last; i++) push(this.pulled++);
      return this.pulled < last;
    },
    close() {},
  };
}

test('a sync puller is asked for as much as there is room for, and again when records were taken', () => {
  const puller = counting(100);
  const intake = new Intake<number>({ maxBuffered: 4, failed });
  expect(puller.pulled).toBe(0);
  intake.open(puller);
  expect(puller.pulled).toBe(4);
  expect(intake.take(3)).toEqual([0, 1, 2]);
  expect(puller.pulled).toBe(7);
  expect(intake.take(Number.POSITIVE_INFINITY)).toEqual([3, 4, 5, 6]);
  expect(intake.size).toBe(4);
});

test('an async puller is asked one at a time and not while the buffer is full', async () => {
  const puller = new GatedPuller();
  const intake = new Intake<number>({ maxBuffered: 2, failed });
  intake.open(puller);
  expect(intake.take(9)).toEqual([]);
  expect(puller.rooms).toEqual([2]);
  await puller.let(true);
  await puller.let(true);
  expect(puller.rooms).toEqual([2, 1]);
  expect(intake.take(1)).toEqual([0]);
  expect(puller.rooms).toEqual([2, 1, 1]);
});

test('the end is told when the last record was taken, not before the first take', async () => {
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  const told: string[] = [];
  intake.ended.then(() => told.push('ended'));
  intake.open(counting(3));
  await settled();
  expect(intake.take(2)).toEqual([0, 1]);
  await settled();
  expect(told).toEqual([]);
  expect(intake.take(2)).toEqual([2]);
  await settled();
  expect(told).toEqual(['ended']);
  expect(intake.take(2)).toEqual([]);
  expect(intake.pending).toBe(false);

  const empty = new Intake<number>({ maxBuffered: 10, failed });
  empty.ended.then(() => told.push('empty ended'));
  empty.open(counting(0));
  await settled();
  expect(told).toEqual(['ended']);
  empty.take(1);
  await settled();
  expect(told).toEqual(['ended', 'empty ended']);
});

test('an end that comes after the last take is told at once', async () => {
  const puller = new GatedPuller();
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  intake.open(puller);
  intake.take(1);
  await puller.let(false);
  await intake.ended;
});

test('an error comes out once, after the records before it', async () => {
  const puller = new GatedPuller();
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  intake.open(puller);
  await puller.let(true);
  const cause = new Error('gone');
  await puller.fail(cause);
  expect(intake.take(5)).toEqual([0]);
  expect(intake.pending).toBe(true);
  expect(() => intake.take(5)).toThrow(expect.objectContaining({ message: 'failed', cause }));
  expect(intake.pending).toBe(false);
  expect(intake.take(5)).toEqual([]);
  await expect(intake.ended).rejects.toThrow('failed');
});

test('an error of a sync puller leaves what it pushed', () => {
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  intake.open({
    pull(push) {
      push(1);
      throw new Error('gone');
    },
    close() {},
  });
  expect(intake.take(5)).toEqual([1]);
  expect(() => intake.take(5)).toThrow('failed');
});

test('after close nothing is pulled, what was buffered can be taken, and the end is told', async () => {
  const puller = new GatedPuller();
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  intake.open(puller);
  await puller.let(true);
  await intake.close();
  await intake.close();
  await intake.ended;
  await puller.let(true);
  expect(puller.closed).toBe(1);
  expect(puller.rooms).toHaveLength(2);
  expect(intake.take(5)).toEqual([0]);
  expect(intake.take(5)).toEqual([]);
});

test('close can throw away what is buffered; it tells an error that no batch has got', async () => {
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  intake.open(counting(3));
  await intake.close({ discard: true });
  expect(intake.pending).toBe(false);

  const failing = new Intake<number>({ maxBuffered: 10, failed });
  failing.open({ pull: () => Promise.reject(new Error('gone')), close() {} });
  await settled();
  await failing.close();
  await expect(failing.ended).rejects.toThrow('failed');
});

test('what is closed before it is opened never pulls', async () => {
  const puller = counting(3);
  const intake = new Intake<number>({ maxBuffered: 10, failed });
  await intake.close();
  intake.open(puller);
  expect(puller.pulled).toBe(0);
});

test('filled waits for the buffer to be full, or for the end', async () => {
  const puller = new GatedPuller();
  const intake = new Intake<number>({ maxBuffered: 2, failed });
  let full = false;
  intake.filled().then(() => {
    full = true;
  });
  intake.open(puller);
  await puller.let(true);
  expect(full).toBe(false);
  await puller.let(true);
  expect(full).toBe(true);

  const ending = new Intake<number>({ maxBuffered: 2, failed });
  ending.open(counting(1));
  await ending.filled();
});
