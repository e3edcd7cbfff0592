import { type Estimate, estimate, pairRatios } from '../stats/stats.ts';
import type { Row, SuiteContext } from '../suite.ts';
import { FloorOutput, type Output } from './compare.ts';
import { LOOP_TITLE } from './contenders.ts';
import { inTurns } from './turns.ts';
import { type WarmedUp, WarmUp } from './warm-up.ts';

/** A contender that is ready to run. Runs follow each other on the same state: the n-th run of all does the same. */
export interface Subject {
  /** Makes the input of the next run; not timed. */
  prepare?(): void | Promise<void>;
  /** Begins the run with a part of its input, not timed: brings caches and young garbage to what they are in a stream. */
  leadIn?(): void | Promise<void>;
  /**
   * The work. Its output batch by batch goes to a sink: one that keeps it for the comparison, or, when time is taken, one
   * that drops it, as a program would that has written it away.
   */
  run(sink: Sink): void | Promise<void>;
  /** What is compared instead, where a timed run delivers less than everything. */
  check?(): Output | Promise<Output>;
  /** Threads that share its work; 1 unless given. */
  readonly cores?: number;
  close(): void | Promise<void>;
}

/** Takes the records of a batch. */
export type Sink = (records: readonly unknown[]) => void;

/** One way to do a suite's work. */
export interface Contender {
  readonly id: string;
  /** As reports show it. */
  readonly title: string;
  open(): Subject | Promise<Subject>;
}

/** What was measured of a contender. */
export interface ContenderLaps {
  readonly title: string;
  /** Of each counted run; the i-th ones of all contenders are of one round. */
  readonly seconds: readonly number[];
  /** Whether the machine was another one while it ran than on the whole. */
  readonly drifted: boolean;
  /** How long the loop that is always the same took before its runs, in ms: how fast the machine was. */
  readonly loopMs: number;
  readonly warmUp: WarmedUp;
  /** What its subject said. */
  readonly cores: number;
  /** Records of the run that was compared. */
  readonly delivered: number;
}

/** By the contenders' ids, in their order. */
export type Laps = ReadonlyMap<string, ContenderLaps>;

/** How a race is run. */
export interface RaceOptions {
  /**
   * With millions of live objects a full collection takes longer than the runs: collect young garbage only.
   */
  readonly bigHeap?: boolean;
}

/**
 * Opens all contenders, compares the outputs of their first run with the first contender's (the floor), then runs them in
 * turns: each round runs every one once, beginning with another one, so that what slows the machine for a while slows all.
 * @throws OutputDiffers before anything is timed
 */
export async function race(
  contenders: readonly Contender[],
  context: SuiteContext,
  options: RaceOptions = {},
): Promise<Laps> {
  const subjects: { readonly contender: Contender; readonly subject: Subject }[] = [];
  const found = new Map<string, Pick<ContenderLaps, 'warmUp' | 'cores' | 'delivered'>>();
  const delivered = new Map<string, number>();
  const steps = contenders.length * (3 + context.runs);
  let step = 0;
  const tell = ({ title }: Contender, doing: string) =>
    context.progress(Math.min(1, step++ / steps), `${title}: ${doing}`);
  try {
    // At the same time: filling state takes long, and workers can do it while this thread does its own.
    const opening = contenders.map(async (contender) => {
      tell(contender, 'opening');
      return { contender, subject: await contender.open() };
    });
    const opened = await Promise.allSettled(opening);
    for (const each of opened) if (each.status === 'fulfilled') subjects.push(each.value);
    for (const each of opened) if (each.status === 'rejected') throw each.reason;
    let floor: FloorOutput | null = null;
    const warmUp = new WarmUp(context.quick);
    for (const { contender, subject } of subjects) {
      tell(contender, 'comparing the output');
      await subject.prepare?.();
      const kept: (readonly unknown[])[] = [];
      const from = performance.now();
      await subject.run((records) => kept.push(records));
      warmUp.add(contender.id, (performance.now() - from) / 1000);
      const output = subject.check === undefined ? kept : await subject.check();
      delivered.set(
        contender.id,
        output.reduce((sum, { length }) => sum + length, 0),
      );
      if (floor === null) floor = new FloorOutput(output, contender.title === LOOP_TITLE ? 'the loop' : contender.id);
      else floor.compare(contender.id, output);
    }
    floor = null;
    // All run equally often, so that the state they carry from run to run stays the same.
    while (warmUp.goOn()) {
      for (const { contender, subject } of subjects) {
        tell(contender, 'warming up');
        const from = performance.now();
        const seconds = await lap(subject, options);
        warmUp.add(contender.id, seconds, (performance.now() - from) / 1000);
      }
    }
    for (const { contender, subject } of subjects)
      found.set(contender.id, {
        warmUp: warmUp.of(contender.id),
        cores: subject.cores ?? 1,
        delivered: delivered.get(contender.id) ?? 0,
      });
    const warm = subjects.map(({ contender, subject }) => ({ id: contender.id, run: () => lap(subject, options) }));
    const byId = new Map(contenders.map((contender) => [contender.id, contender]));
    const turns = await inTurns(warm, context, (id, doing) => tell(byId.get(id)!, doing));
    return new Map(
      [...turns].map(([id, { values, ...watched }]) => [
        id,
        { title: byId.get(id)!.title, seconds: values, ...watched, ...found.get(id)! },
      ]),
    );
  } finally {
    for (const { subject } of subjects) await subject.close();
  }
}

async function lap(subject: Subject, { bigHeap = false }: RaceOptions): Promise<number> {
  await subject.prepare?.();
  // What others left behind is collected now, not on this contender's time.
  globalThis.gc?.({ type: bigHeap ? 'minor' : 'major', execution: 'sync' });
  // A full collection also drops some of what V8 knows of the code, and the others had the caches.
  await subject.leadIn?.();
  const from = performance.now();
  await subject.run(drop);
  return (performance.now() - from) / 1000;
}

const drop: Sink = () => {};

/** Records a second of each contender. */
export function throughputRows(suite: string, laps: Laps, records: number, unit = 'records/s'): Row[] {
  return lapRows(laps, { suite, metric: 'throughput', unit, better: 'higher' }, (seconds) => records / seconds);
}

/** Records a second and core of each contender: the same, by the number of threads that share the work of each. */
export function perCoreRows(suite: string, laps: Laps, records: number, unit = 'records/s'): Row[] {
  const about = { suite, metric: 'throughput of a core', unit, better: 'higher' } as const;
  return lapRows(laps, about, (seconds, { cores }) => records / seconds / cores);
}

/** Milliseconds a batch of each contender. */
export function batchTimeRows(suite: string, laps: Laps, batches: number): Row[] {
  const about = { suite, metric: 'time of a batch', unit: 'ms', better: 'lower' } as const;
  return lapRows(laps, about, (seconds) => (seconds * 1000) / batches);
}

function lapRows(
  laps: Laps,
  about: Pick<Row, 'suite' | 'metric' | 'unit' | 'better'>,
  figure: (seconds: number, of: ContenderLaps) => number,
): Row[] {
  return [...laps.values()].map((of) => {
    const samples = of.seconds.map((seconds) => figure(seconds, of));
    const { title, warmUp, loopMs, drifted } = of;
    return {
      ...about,
      contender: title,
      ...estimate(samples),
      samples,
      warmUp,
      loopMs,
      ...(drifted ? { drifted } : {}),
    };
  });
}

/** How many times as fast one contender is as another, estimated from the rounds' pairs. */
export function speedRatio(laps: Laps, over: string, under: string): Estimate {
  return estimate(pairRatios(laps.get(under)!.seconds, laps.get(over)!.seconds));
}
