import fc from 'fast-check';
import { programs } from '../random/generate.ts';
import type { Output, Program, Source } from '../random/program.ts';
import { Dice } from './dice.ts';

/*
 * A schedule is all that is decided before a run, from one seed: the program, where its inputs come from, and how each
 * life of the job ends. What happens at once is decided by dice of the same seed while it runs.
 */

/**
 * `asked`: gives a batch again when it is asked for it. `stored`: has its batches stored by the engine. `moving`: the same, and
 * what a batch gets depends on the moment, so that only its position says what comes next. `received`: a receiver and its log.
 */
export type InputKind = 'asked' | 'stored' | 'moving' | 'received';

/** How a life of the job ends: in a crash, or by a stop that lets the running batch end, or all that are due. */
export interface Ending {
  readonly how: 'crash' | 'stop' | 'drain';
  /** From where on it may end: from the start of the life, or from a share of the batches that are left. */
  readonly from: 'restart' | number;
  /** So many steps later it dies ... */
  readonly steps: number;
  /** ... of all, or of those that begin so: some are rare. */
  readonly only: string;
  /** How long the job is down, in ms. */
  readonly downMs: number;
}

export interface Schedule {
  readonly seed: number;
  readonly program: Program;
  readonly inputs: readonly InputKind[];
  /** Whether records are counted in an accumulator. */
  readonly accumulate: boolean;
  /** Slots of the simulated backend. */
  readonly slots: number;
  readonly endings: readonly Ending[];
  /** Whether states move to other partitions all the time; see `moving.ts`. */
  readonly moves: boolean;
}

/** The schedule that a seed means; `attempt` counts the programs that were no good: some fail by themselves. */
export function scheduleOf(seed: number, attempt: number, receivers: boolean): Schedule {
  const dice = new Dice(`schedule ${seed} ${attempt}`);
  const [small] = fc.sample(programs(dice.int(1, 7)), { seed: dice.int(0, 2 ** 31 - 1), numRuns: 1 });
  const all = { ...longer(small, dice.int(1, 3)), concurrentJobs: dice.chance(0.6) ? 1 : 2 };
  const counts = dice.chance(0.4);
  const looked = counts ? countable(all) : all;
  const program = dice.chance(0.5) ? looked : storing(looked, dice.int(0, 3));
  // A window whose filter drops what is still in it fails, or not, as its data are: these have to be known.
  const fails = program.nodes.some((node) => node.filter);
  const inputs = program.sources.map((source) => inputKind(source, dice, receivers, !fails));
  const rare = rareSteps(program, inputs);
  return {
    seed,
    program,
    inputs,
    accumulate: counts,
    slots: dice.int(1, 3),
    endings: Array.from({ length: dice.pick([1, 1, 1, 2, 2, 3, 4]) }, () => ending(dice, rare)),
    moves: dice.chance(0.6),
  };
}

/** The same with batches that follow several times. */
function longer(program: Program, times: number): Program {
  const sources = program.sources.map((source) => ({
    ...source,
    batches: Array.from({ length: times }, () => source.batches).flat(),
  }));
  return { ...program, sources, batches: Math.max(program.batches, ...sources.map((s) => s.batches.length + 1)) };
}

/** The same with state in the store, where that gives the same: keys that time out do so in another order. */
function storing(program: Program, cacheKeys: number): Program {
  const inSnapshots = new Set(program.nodes.flatMap(({ op, in: inputs }) => (op === 'stateSnapshots' ? inputs : [])));
  const nodes = program.nodes.map((node, i) =>
    node.op === 'mapWithState' && !node.timeout && !inSnapshots.has(program.sources.length + i)
      ? { ...node, cacheKeys }
      : node,
  );
  return { ...program, nodes };
}

/**
 * The same with sums that do not depend on what is there still: what a later batch computes once more counts once more. All is
 * looked at in its own batch, and kept where a window reads it later.
 */
function countable(program: Program): Program {
  const late = program.nodes.some(({ s = 1 }) => s > 1);
  const persist = late ? [...new Set([...program.persist, ...program.sources.keys()])] : program.persist;
  return { ...program, outputs: program.outputs.map(whole), persist };
}

/** An output that looks at all of its batch. */
function whole({ node, mode }: Output): Output {
  return { node, mode: mode === 'late' || mode === 'take' ? 'collect' : mode };
}

function inputKind(source: Source, dice: Dice, receives: boolean, moves: boolean): InputKind {
  const kind = dice.pick<InputKind>(['asked', 'stored', 'moving', 'received']);
  if (kind === 'asked' || kind === 'stored') return kind;
  // At which times there is no batch is a property of the program.
  if (!moves || source.batches.includes(null)) return 'stored';
  return kind === 'received' && !receives ? 'moving' : kind;
}

/** How steps begin that a program has, and that would hardly ever be the last one. */
function rareSteps(program: Program, inputs: readonly InputKind[]): string[] {
  const keepsState = program.nodes.some(({ op, inverse }) => /State|dedupe/.test(op) || inverse === true);
  return [
    'the store',
    ...(keepsState ? ['restoring state', 'saving state', 'sweeping state'] : []),
    ...(inputs.includes('received') ? ['the log', 'a block'] : []),
  ];
}

function ending(dice: Dice, rare: readonly string[]): Ending {
  const how = dice.chance(0.85) ? 'crash' : dice.pick<Ending['how']>(['stop', 'drain']);
  const only = dice.chance(0.25) ? dice.pick(rare) : '';
  const restart = how === 'crash' && (dice.chance(0.25) || only === 'the store' || only === 'restoring state');
  const most = only !== '' ? 2 : restart ? 20 : dice.pick([8, 40]);
  return {
    how,
    from: restart ? 'restart' : dice.random() * 0.9,
    steps: dice.int(1, most),
    only,
    downMs: dice.chance(0.5) ? 0 : dice.int(1, 16) * 250,
  };
}
