import { Dice } from '../crash/dice.ts';

/*
 * What a run is made of, from one seed: a program of windows over streams with and without state, the batch times at which
 * something fails, and the lives of the job.
 */

/** Two sources are the first streams; each node makes one more. */
export const SOURCES = 2;

/** Values are whole numbers above 0, so that a sum is 0 exactly when nothing is in it. */
export type Row = readonly [key: string, value: number];

export type Op =
  | 'next'
  | 'poison'
  | 'reduceByKey'
  | 'union'
  | 'join'
  | 'totals'
  | 'running'
  | 'snapshots'
  | 'dedupe'
  | 'window'
  | 'sums'
  | 'sumsByInverse'
  | 'counts';

/** A stream, by what it is made of. */
export interface Node {
  readonly op: Op;
  /** Numbers of the streams that it reads. */
  readonly in: readonly number[];
  /** Window, or time to live, in batches; 0 where there is none. */
  readonly w: number;
  /** Slide in batches. */
  readonly s: number;
}

/**
 * What fails at a batch time: a task, an output before or behind the others, preparing an input, asking it, planning.
 */
export type Fault = 'task' | 'first output' | 'last output' | 'prepare' | 'compute' | 'transform';

export interface Life {
  /** How many batch intervals the clock moves at a time. */
  readonly steps: readonly number[];
  /** It dies in the batch at this time, in batches; null: it stops when all is done. */
  readonly dies: number | null;
  /** How long the job is down after it, in batches. */
  readonly down: number;
  /** How many batch times that were missed get their batch when it begins. */
  readonly maxMissed: number;
}

export interface Program {
  readonly seed: number;
  readonly nodes: readonly Node[];
  /** For each source whether it gives a batch again when it is asked, or has it stored. */
  readonly asked: readonly boolean[];
  readonly parallelism: number;
  readonly concurrentJobs: number;
  /** By batch time, in batches. */
  readonly faults: readonly (readonly [time: number, fault: Fault])[];
  /** Values that `poison` throws at. */
  readonly poison: readonly number[];
  readonly lives: readonly Life[];
}

const STATELESS: readonly Op[] = ['next', 'poison', 'reduceByKey', 'union', 'join'];
const STATEFUL: readonly Op[] = ['totals', 'running', 'snapshots', 'dedupe'];
const WINDOWS: readonly Op[] = ['window', 'sums', 'sumsByInverse', 'counts'];

/** Whether a node's batches are computed from state, its own included. */
export function fromState({ nodes }: Pick<Program, 'nodes'>, stream: number): boolean {
  if (stream < SOURCES) return false;
  const node = nodes[stream - SOURCES];
  return (
    STATEFUL.includes(node.op) ||
    node.op === 'sumsByInverse' ||
    node.op === 'counts' ||
    node.in.some((input) => fromState({ nodes }, input))
  );
}

export function slideOf({ nodes }: Pick<Program, 'nodes'>, stream: number): number {
  return stream < SOURCES ? 1 : nodes[stream - SOURCES].s;
}

/** The program that a seed means. @param dies whether lives may end within a batch */
export function programOf(seed: number, dies: boolean): Program {
  const dice = new Dice(`gaps ${seed}`);
  const nodes: Node[] = [];
  for (let n = dice.int(2, 7); n > 0; n--) nodes.push(nodeOf(dice, nodes));
  const before = Array.from({ length: dice.int(0, 3) }, () => lifeOf(dice, dies));
  const lives = [...before, lifeOf(dice, false)];
  const last = 2 + lives.reduce((sum, { steps, down }) => sum + down + steps.reduce((a, b) => a + b, 0), 0);
  const times = Array.from({ length: last }, (_, i) => i + 1);
  const kinds: Fault[] = ['task', 'first output', 'last output', 'prepare', 'compute', 'transform'];
  const share = dice.pick([0.1, 0.25, 0.5]);
  return {
    seed,
    nodes,
    asked: Array.from({ length: SOURCES }, () => dice.chance(0.5)),
    parallelism: dice.int(1, 3),
    concurrentJobs: dice.int(1, 2),
    faults: times.filter(() => dice.chance(share)).map((time) => [time, dice.pick(kinds)] as const),
    poison: times.filter(() => dice.chance(0.1)),
    lives,
  };
}

function nodeOf(dice: Dice, nodes: readonly Node[]): Node {
  const op = dice.pick(dice.chance(0.25) ? STATELESS : dice.chance(0.45) ? STATEFUL : WINDOWS);
  const streams = Array.from({ length: SOURCES + nodes.length }, (_, i) => i);
  // Poison is in what sources give.
  const first =
    op === 'poison'
      ? dice.int(0, SOURCES - 1)
      : streams[streams.length - 1 - dice.int(0, Math.min(3, nodes.length + 1))];
  const slide = slideOf({ nodes }, first);
  if (op === 'union' || op === 'join') {
    const fits = streams.filter((stream) => slideOf({ nodes }, stream) === slide);
    return { op, in: [first, dice.pick(fits)], w: 0, s: slide };
  }
  if (op === 'dedupe') return { op, in: [first], w: slide * dice.int(1, 4), s: slide };
  if (!WINDOWS.includes(op)) return { op, in: [first], w: 0, s: slide };
  const s = slide < 4 && dice.chance(0.35) ? slide * 2 : slide;
  return { op, in: [first], w: s + slide * dice.int(0, 3), s };
}

function lifeOf(dice: Dice, dies: boolean): Life {
  const steps = Array.from({ length: dice.int(1, 5) }, () => (dice.chance(0.6) ? 1 : dice.int(2, 5)));
  const all = steps.reduce((a, b) => a + b, 0);
  return {
    steps,
    dies: dies && dice.chance(0.4) ? dice.int(1, all) : null,
    down: dice.chance(0.4) ? 0 : dice.int(1, 6),
    maxMissed: dice.pick([0, 0, 1, 2, 100]),
  };
}
