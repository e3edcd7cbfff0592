import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { type ContextOptions, type ExecutionBackend, isMillraceError, loadJob, milliseconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { canon, isPair } from './functions.ts';
import type job from './job.ts';
import { Failure, Oracle } from './oracle.ts';
import { FULL_ORDER, type Info, inferAll, KEY_ORDER, type Mode, type Program } from './program.ts';

/** What an output saw at one time: records as text, and their partitions where the output looked at these. */
interface Seen {
  readonly time: number;
  readonly records: readonly string[];
  readonly parts: readonly (readonly string[])[] | null;
  readonly numPartitions: number;
}

/** What a program gave: batches of each output, and how it failed if it did. */
export interface Outcome {
  readonly outputs: readonly (readonly Seen[])[];
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** Backends by name; one that takes time to start is started once for all programs. */
export const backendNames = ['single', 'serialize', 'verify', 'threads', 'speculating'] as const;
export type BackendName = (typeof backendNames)[number];

export class Backends {
  #threads: ExecutionBackend | null = null;

  get(name: BackendName): ExecutionBackend {
    switch (name) {
      case 'single':
        return single();
      case 'serialize':
        return single({ serialize: true });
      case 'verify':
        return single({ verify: true });
      case 'threads':
      case 'speculating':
        this.#threads ??= threads({ workers: 2 });
        return this.#threads;
    }
  }

  async stop(): Promise<void> {
    await this.#threads?.stop();
    this.#threads = null;
  }
}

/** Every task that may be copied is, as soon as a worker has nothing to do. */
const SPECULATING = { quantile: 0, multiplier: 0, minTaskTime: milliseconds(0), interval: milliseconds(1) };

const OPTIONS: Partial<Record<BackendName, Pick<ContextOptions, 'speculation'>>> = {
  speculating: { speculation: SPECULATING },
};

/** Runs a program on a backend. */
export async function runOn(
  backend: ExecutionBackend,
  program: Program,
  options: Pick<ContextOptions, 'speculation'> = {},
): Promise<Outcome> {
  const clock = new ManualClock();
  const { ssc, streams } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), {
    backend,
    params: program,
    clock,
    warn: () => {},
    defaultParallelism: program.parallelism,
    concurrentJobs: program.concurrentJobs,
    onBatchFailure: 'stop',
    ...options,
  });
  const outputs = program.outputs.map(({ node, mode }, i) => {
    const seen: Seen[] = [];
    streams[node].foreachRDD(
      async (rdd, time) => {
        const looked = await look(rdd, mode, time.milliseconds / 1000);
        seen.push({ time: time.milliseconds / 1000, numPartitions: rdd.numPartitions, ...looked });
      },
      { name: `out${i}` },
    );
    return seen;
  });
  let failure: Outcome['failure'] = null;
  try {
    await ssc.start();
    if (program.stepwise) await runBatches(ssc, clock, program.batches);
    else {
      await clock.advance(program.batches * 1000);
      await ssc.awaitIdle();
    }
    await ssc.stop({ stopBackend: false });
    await ssc.awaitTermination();
  } catch (e) {
    failure = {
      code: isMillraceError(e) ? e.code : 'not coded',
      message: e instanceof Error ? (e.stack ?? e.message) : String(e),
    };
    await ssc.stop({ stopBackend: false });
  }
  for (const seen of outputs) seen.sort((a, b) => a.time - b.time);
  return { outputs, failure };
}

type Rdd = Parameters<
  Parameters<Awaited<ReturnType<typeof loadJob<typeof job>>>['streams'][number]['foreachRDD']>[0]
>[0];

/** What an output sees of a batch. `time` is in batches. */
export async function look(rdd: Rdd, mode: Mode, time: number): Promise<Pick<Seen, 'records' | 'parts'>> {
  switch (mode) {
    case 'parts': {
      const parts: string[][] = [];
      await rdd.foreachPartition((records, p) => {
        parts[p] = [...records].map(canon);
      });
      return { records: parts.flat(), parts };
    }
    case 'twice': {
      const count = await rdd.count();
      const first = (await rdd.collect()).map(canon);
      const again = (await rdd.collect()).map(canon);
      if (count !== first.length || first.join() !== again.join())
        throw new Error(`looking again shows something else: ${count}, ${first}, ${again}`);
      return { records: first, parts: null };
    }
    case 'late':
      return time <= 2
        ? { records: ['not looked at'], parts: null }
        : { records: (await rdd.collect()).map(canon), parts: null };
    case 'driver': {
      const texts = rdd.map((record): [string, null] => [canon(record), null]).filter(([text]) => text !== 'never');
      const kept = texts.cache();
      const count = await kept.count();
      const records = (await kept.sortByKey().keys().collect()) as string[];
      if (count !== records.length) throw new Error(`the driver counts ${count} of ${records.length}`);
      return { records, parts: null };
    }
    case 'take': {
      const head = (await rdd.take(3)).map(canon);
      const records = (await rdd.collect()).map(canon);
      if (records.slice(0, 3).join() !== head.join()) throw new Error(`take(3) gives ${head}, collect ${records}`);
      return { records, parts: null };
    }
    case 'collect':
      return { records: (await rdd.collect()).map(canon), parts: null };
  }
}

/** What the oracle says about a program; null in the place of batches that it cannot know. */
interface Expected {
  readonly outputs: readonly (
    | readonly { readonly time: number; readonly parts: readonly (readonly unknown[])[] }[]
    | null
  )[];
  /** Time of the batch that fails, and with what. */
  readonly failure: { readonly time: number; readonly code: string } | null;
}

export function foresee(program: Program, infos: readonly Info[] = inferAll(program)): Expected {
  const oracle = new Oracle(program);
  const outputs = program.outputs.map(({ node }) =>
    infos[node].known ? ([] as { time: number; parts: unknown[][] }[]) : null,
  );
  const failing = fallible(program);
  for (let time = 1; time <= program.batches; time++) {
    try {
      for (const stream of failing) if (time % infos[stream].slide === 0) oracle.at(stream, time);
      program.outputs.forEach(({ node }, i) => {
        if (time % infos[node].slide !== 0) return;
        const parts = outputs[i] === null ? null : oracle.at(node, time);
        if (parts !== null) outputs[i]?.push({ time, parts });
      });
    } catch (e) {
      if (!(e instanceof Failure)) throw e;
      return { outputs, failure: { time, code: e.message } };
    }
  }
  return { outputs, failure: null };
}

/** Streams that outputs depend on and that may fail. State sees every batch, whoever asks for which. */
function fallible(program: Program): number[] {
  const needed = new Set<number>();
  const visit = (stream: number) => {
    if (needed.has(stream)) return;
    needed.add(stream);
    program.nodes[stream - program.sources.length]?.in.forEach(visit);
  };
  for (const { node } of program.outputs) visit(node);
  return [...needed].filter((stream) => program.nodes[stream - program.sources.length]?.filter).sort((a, b) => a - b);
}

/** Runs a program on all backends given and compares. @throws Error that says what differs */
export async function check(program: Program, backends: Backends, names: readonly BackendName[]): Promise<void> {
  const infos = inferAll(program);
  const expected = foresee(program, infos);
  let first: { readonly name: string; readonly outcome: Outcome } | null = null;
  for (const name of names) {
    const outcome = await runOn(backends.get(name), program, OPTIONS[name] ?? {});
    checkFailure(name, outcome, expected);
    compareWithOracle(name, program, infos, outcome, expected);
    if (first === null) first = { name, outcome };
    else compareEngines(first, { name, outcome }, program, expected.failure?.time ?? program.batches + 1);
  }
}

function checkFailure(name: string, { failure }: Outcome, expected: Expected): void {
  const wanted = expected.failure?.code ?? null;
  if ((failure?.code ?? null) === wanted) return;
  throw new Error(
    failure === null
      ? `${name} does not fail with ${wanted} in batch ${expected.failure?.time}`
      : `${name} fails with ${failure.code}, ${wanted === null ? 'which it should not' : `not with ${wanted}`}:\n${failure.message}`,
  );
}

function compareWithOracle(
  name: string,
  program: Program,
  infos: readonly Info[],
  outcome: Outcome,
  expected: Expected,
): void {
  const end = expected.failure?.time ?? program.batches + 1;
  program.outputs.forEach(({ node, mode }, i) => {
    const wanted = expected.outputs[i];
    if (wanted === null) return;
    const seen = outcome.outputs[i].filter((s) => s.time < end);
    const where = `output ${i} (stream ${node}, ${program.nodes[node - program.sources.length]?.op ?? 'source'}, ${mode}) on ${name}`;
    const times = wanted.filter((b) => b.time < end).map((b) => b.time);
    same(
      `${where}: batch times`,
      seen.map((s) => s.time),
      times,
    );
    seen.forEach(({ time, records, parts }, b) => {
      if (mode === 'late' && time <= 2) return;
      const batch = wanted[b].parts;
      const { order, laid, type } = infos[node];
      const texts = batch.flat().map(canon);
      const at = `${where}, batch ${time}`;
      same(at, [...records].sort(), [...texts].sort());
      if (mode === 'driver') return;
      if (order === FULL_ORDER) same(`${at}, in order`, records, texts);
      else if (order === KEY_ORDER && isPair(type)) {
        const firstOf = new Map(batch.flat().map((record) => [canon(record), canon((record as unknown[])[0])]));
        same(`${at}, in the order of each key`, keyedOrder(records, firstOf), keyedOrder(texts, firstOf));
      }
      if (parts !== null && laid && order === FULL_ORDER)
        same(
          `${at}, by partition`,
          parts,
          batch.map((p) => p.map(canon)),
        );
    });
  });
}

/** Records with those of a key together, keys sorted, each key's in their order. */
function keyedOrder(records: readonly string[], keyOf: ReadonlyMap<string, string>): string[] {
  return [...records].sort((a, b) => {
    const [x, y] = [keyOf.get(a) as string, keyOf.get(b) as string];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

function compareEngines(
  a: { name: string; outcome: Outcome },
  b: { name: string; outcome: Outcome },
  program: Program,
  end: number,
): void {
  a.outcome.outputs.forEach((seen, i) => {
    const other = b.outcome.outputs[i].filter((s) => s.time < end);
    const { node, mode } = program.outputs[i];
    same(
      `output ${i} (stream ${node}, ${mode}): ${b.name} against ${a.name}`,
      other,
      seen.filter((s) => s.time < end),
    );
  });
}

function same(what: string, found: unknown, wanted: unknown): void {
  const [x, y] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (x !== y) throw new Error(`${what}\n  found:  ${x}\n  wanted: ${y}`);
}
