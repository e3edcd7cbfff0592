import { expect, test } from 'vitest';
import type { PlannedTask, Stage } from '../lineage/stage-graph.ts';
import { TaskAttempts } from '../lineage/task-attempts.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { SlotLost } from './contract.ts';
import { type RacingParts, RacingWave } from './racing-wave.ts';
import type { Assignment, Attempt } from './task-attempt.ts';

const settings = { quantile: 0.75, multiplier: 1.5, minTaskMs: 100, intervalMs: 10 };

/** A message that a slot got: it ends when the test says how. */
interface Sent {
  readonly slot: number;
  readonly partitions: readonly number[];
  readonly stopped: () => boolean;
  readonly done: () => Promise<void>;
  readonly fail: (reason: unknown) => Promise<void>;
}

/** A wave of tasks in two slots; each belongs to the slot of its number, and those that are bound may not leave it. */
function waveOf(partitions: number, bound: readonly number[] = [], parts: Partial<RacingParts> = {}) {
  const clock = new ManualClock();
  const attempts = new TaskAttempts();
  const tasks = Array.from({ length: partitions }, (_, partition) => ({ partition }) as PlannedTask);
  const stage = { tasks } as unknown as Stage;
  const items = tasks.map((planned, index): Assignment => ({ stage, index, planned, failures: 0 }));
  const sent: Sent[] = [];
  const wave = new RacingWave({
    slots: 2,
    clock,
    settings,
    attempts,
    slotOf: ({ planned }) => planned.partition % 2,
    mayCopy: ({ planned }) => !bound.includes(planned.partition),
    run: (slot, list, stop) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Attempt[]>();
      const output = { metrics: { elapsedMs: 1 } };
      sent.push({
        slot,
        partitions: list.map(({ planned }) => planned.partition),
        stopped: () => stop?.signal.aborted === true,
        done: () => {
          resolve(list.map((item) => ({ item, result: { ok: true, output }, slot, epoch: 0 }) as unknown as Attempt));
          return clock.breathe();
        },
        fail: (reason) => {
          reject(reason);
          return clock.breathe();
        },
      });
      return promise;
    },
    settle: ({ result }) => ({ kind: 'done', output: (result as Extract<Attempt['result'], { ok: true }>).output }),
    mayReplace: () => true,
    discard: () => {},
    ...parts,
  });
  const end = wave.toEnd(items);
  end.catch(() => {});
  const seen = () => sent.map(({ slot, partitions: numbers }) => [slot, ...numbers]);
  return { clock, attempts, sent, seen, end };
}

test('what waits behind a slow task moves to a slot with nothing to do, and then the slow one is copied', async () => {
  const { clock, attempts, sent, seen, end } = waveOf(4);
  // Partition 1 does not end. Its slot has partition 3 as well, without which too few tasks can finish.
  expect(seen()).toEqual([
    [0, 0],
    [1, 1],
  ]);
  await sent[0].done();
  await sent[2].done();
  await clock.advance(90);
  expect(seen()).toHaveLength(3);
  await clock.advance(10);
  expect(seen().slice(2)).toEqual([
    [0, 2],
    [0, 3],
  ]);
  await sent[3].done();
  expect(seen().slice(4)).toEqual([[0, 1]]);
  expect(sent[1].stopped()).toBe(false);
  await sent[4].done();
  expect(sent[1].stopped()).toBe(true);
  await sent[1].fail(new SlotLost(1, 'it did not stop'));
  await end;
  expect(attempts.figures).toMatchObject({ speculative: 1, speculativeWon: 1 });
  expect(clock.pending).toBe(0);
});

test('tasks that are bound to their slot wait for it, and what may move does not wait behind them', async () => {
  const { clock, attempts, sent, seen, end } = waveOf(6, [1, 3]);
  expect(seen()).toEqual([
    [0, 0],
    [1, 1, 3],
  ]);
  await sent[0].done();
  await sent[2].done();
  await sent[3].done();
  // Two tasks may take as long as two.
  await clock.advance(190);
  expect(seen()).toHaveLength(4);
  await clock.advance(10);
  expect(seen().slice(4)).toEqual([[0, 5]]);
  await sent[4].done();
  await clock.advance(10_000);
  expect([seen().length, attempts.figures.speculative]).toEqual([5, 0]);
  await sent[1].done();
  await end;
});

test('tasks that are bound to their slot are tried again there, however long the one before takes', async () => {
  const { clock, sent, seen, end } = waveOf(4, [1, 3], {
    settle: ({ item, result }) =>
      item.failures === 0 && item.planned.partition % 2 === 1
        ? { kind: 'again', item: { ...item, failures: 1 } }
        : { kind: 'done', output: (result as Extract<Attempt['result'], { ok: true }>).output },
  });
  await sent[1].done();
  await sent[0].done();
  await sent[3].done();
  expect(seen().slice(2)).toEqual([
    [1, 3],
    [0, 2],
  ]);
  await clock.advance(10_000);
  expect(seen()).toHaveLength(4);
  await sent[2].done();
  expect(seen().slice(4)).toEqual([[1, 1]]);
  await sent[4].done();
  await end;
});

test('a slot that is a little slower keeps its tasks', async () => {
  const { clock, sent, seen, end } = waveOf(4);
  await sent[0].done();
  await sent[2].done();
  await clock.advance(50);
  await sent[1].done();
  expect(seen().slice(3)).toEqual([[1, 3]]);
  await sent[3].done();
  await end;
});

test('what goes wrong when an attempt is booked is the failure of its wave', async () => {
  const { sent, end } = waveOf(2, [], {
    settle: () => {
      throw new RangeError('no such stage');
    },
  });
  await sent[0].done();
  expect(sent[1].stopped()).toBe(true);
  await sent[1].done();
  await expect(end).rejects.toThrow('no such stage');
});

test('only the loss of its worker is no failure of an attempt that has lost', async () => {
  const { clock, sent, end } = waveOf(2, [], { settings: { ...settings, quantile: 0.5 } });
  await sent[0].done();
  await clock.advance(100);
  await sent[2].done();
  await sent[1].fail(new RangeError('an error of the engine'));
  await expect(end).rejects.toThrow('an error of the engine');
});
