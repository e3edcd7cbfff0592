/** A small function. */
export type Work = () => unknown;

/** A function that is called so often that it takes long against the clock. */
export interface Repeated {
  /** Calls it so many times. */
  readonly run: () => unknown;
  readonly times: number;
  /** Whether it returns promises, each of which is awaited. */
  readonly isAsync: boolean;
}

/** Steady clocks tick every few ten nanoseconds: a timing of this is exact to a part of a percent. */
const LEAST_MS = 0.01;
/** V8 makes functions fast in this time, and then more calls are needed. */
const SETTLES_MS = 50;

/** What was returned last: V8 leaves out no work of which the result is kept. */
let kept: unknown;

/**
 * Finds out how often a function has to be called for one timing, a power of two.
 *
 * @param now a steady time in ms @throws what the function throws
 */
export async function repeated(work: Work, now: () => number = () => performance.now()): Promise<Repeated> {
  await showOthers();
  const first = work();
  const isAsync = isPromise(first);
  if (isAsync) await first;
  const run = (times: number) => (isAsync ? awaitAll(work, times) : callAll(work, times));
  let times = 1;
  const begin = now();
  for (;;) {
    const from = now();
    const ended = run(times);
    if (isAsync) await ended;
    const to = now();
    const isLong = to - from >= LEAST_MS;
    if (isLong && to - begin >= SETTLES_MS) return { run: () => run(times), times, isAsync };
    if (!isLong) times *= 2;
  }
}

/** A function that does nothing: what its calls take is not of the others' work. */
export function emptyCall(isAsync: boolean): Work {
  return isAsync ? async () => {} : () => undefined;
}

/**
 * Once V8 has seen it call several functions, it puts none of them into this loop: so all of them are called alike, the first one as
 * the last one and the empty one, and none is taken out of the loop because it does the same each time.
 */
function callAll(work: Work, times: number): void {
  for (let i = 0; i < times; i++) kept = work();
}

async function awaitAll(work: Work, times: number): Promise<void> {
  for (let i = 0; i < times; i++) kept = await work();
}

const OTHERS: readonly Work[] = [() => 1, () => 'a', () => null, () => kept];
/** V8 keeps no note of what a loop calls before it has run for a while. */
const TIMES = 1000;

async function showOthers(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const other of OTHERS) {
      callAll(other, TIMES);
      await awaitAll(other, TIMES);
    }
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
