import { micro } from '@millrace/bench';
import { KeyedState } from '../../../packages/core/src/state/keyed-state.ts';
import type { StateLogic } from '../../../packages/core/src/state/state-logic.ts';
import { AggregateWindowLogic, ReduceWindowLogic } from '../../../packages/core/src/state/window-state.ts';
import type { Columns } from '../../../packages/core/src/task/columns.ts';
import { lazily } from './lazily.ts';
import { COUNT } from './records.ts';

const STEP_MS = 100;
/** Panes of a window. */
const LENGTH = 4;
/** Known keys: each pane has every other one. */
const KEYS = 2 * COUNT;

/** The pane of a batch: half of the keys, in turns. */
function paneOf(batch: number): Columns {
  const keys = Array.from({ length: COUNT }, (_, i) => `key-${2 * i + (batch % 2)}`);
  return { keys, values: new Array<number>(COUNT).fill(1), unique: true };
}

/** Slides a window by one batch with each call: a pane leaves, one enters, all keys are emitted. */
function slides(logic: StateLogic): () => readonly unknown[] {
  const state = new KeyedState();
  const panes = [paneOf(0), paneOf(1)];
  let batch = 0;
  const slide = () => {
    const time = (batch + 1) * STEP_MS;
    const base = batch === 0 ? null : batch * STEP_MS;
    const action = { time, base, entering: [time], leaveUpTo: time - LENGTH * STEP_MS };
    state.begin(action, 'micro', 0);
    const work = logic.apply(state, action, [[panes[batch % 2] as Columns]], null, 0);
    batch += 1;
    for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
  };
  // Full before it is timed.
  for (let i = 0; i < LENGTH; i++) slide();
  return slide;
}

const add = (a: number, b: number) => a + b;
const subtract = (a: number, b: number) => a - b;
const functions = { reduce: add, inverse: subtract };

/** By the kind of window. */
export const windowTasks: Readonly<Record<string, () => readonly unknown[]>> = {
  'reduce with inverse': lazily(() => slides(new ReduceWindowLogic({ ...functions, filter: null }, 'micro'))),
  'reduce with inverse and filter': lazily(() =>
    slides(new ReduceWindowLogic({ ...functions, filter: ([, n]: [string, number]) => n > 0 }, 'micro')),
  ),
  'aggregate that subtracts': lazily(() =>
    slides(new AggregateWindowLogic({ create: () => 0, merge: add, subtract, finish: (n: number) => n })),
  ),
};

/** One slide of an incremental window. */
export const windowSuite = micro({
  id: 'micro-window',
  title: 'Window: add and subtract',
  about: `A slide in which ${COUNT.toLocaleString('en')} keys leave, as many enter, and all ${KEYS.toLocaleString('en')} are emitted; by the key that enters.`,
  tasks: windowTasks,
  per: COUNT,
});
