import { Latencies } from '../stats/latencies.ts';
import { type Estimate, estimate, median } from '../stats/stats.ts';
import type { Row, SuiteContext, SuiteResult } from '../suite.ts';
import { type ChildRequest, runIsolated } from './isolate.ts';

/** From so many processes on they show by themselves how far they are apart. */
const ENOUGH = 3;

/**
 * Runs a suite in several processes, one after the other, and puts together what they found. What the compiler makes of a program, and
 * where its memory lies, is decided once for each process: the runs of one process can agree to a percent, and be 20 % away from those of
 * the next.
 */
export async function runInProcesses(
  request: ChildRequest,
  processes: number,
  progress: SuiteContext['progress'],
  how: Parameters<typeof runIsolated>[2] = {},
): Promise<SuiteResult> {
  const found: SuiteResult[] = [];
  for (let i = 0; i < processes; i++) {
    const tell: SuiteContext['progress'] =
      processes === 1
        ? progress
        : (done, doing) => progress((i + done) / processes, `process ${i + 1} of ${processes}: ${doing}`);
    found.push(await runIsolated(request, tell, how));
  }
  return together(found);
}

/** What several processes have found of the same suite, as one result; series and heat maps are those of the first. */
export function together(found: readonly SuiteResult[]): SuiteResult {
  const [first, ...others] = found;
  if (first === undefined) throw new RangeError('no process has run');
  if (others.length === 0) return first;
  const rows = new Map<string, Row[]>();
  for (const row of found.flatMap((each) => each.rows)) {
    const name = JSON.stringify([row.contender, row.metric]);
    rows.set(name, [...(rows.get(name) ?? []), row]);
  }
  const ratios = new Map<string, Estimate[]>();
  for (const [id, ratio] of found.flatMap((each) => Object.entries(each.ratios)))
    ratios.set(id, [...(ratios.get(id) ?? []), ratio]);
  return {
    ...first,
    rows: [...rows.values()].map(rowOf),
    ratios: Object.fromEntries([...ratios].map(([id, each]) => [id, acrossProcesses(each)])),
  };
}

function rowOf(rows: readonly Row[]): Row {
  const [first] = rows as [Row, ...Row[]];
  if (rows.length === 1) return first;
  const samples = rows.map((row) => row.samples ?? [row.value]);
  const loops = rows.flatMap(({ loopMs }) => loopMs ?? []);
  const warmUps = rows.flatMap(({ warmUp }) => warmUp ?? []);
  const histograms = rows.flatMap(({ histogram }) => histogram ?? []);
  const notes = new Set(rows.flatMap(({ note }) => note ?? []));
  return {
    ...first,
    ...acrossProcesses(rows),
    samples: samples.flat(),
    processes: samples.map(({ length }) => length),
    ...(notes.size === 0 ? {} : { note: [...notes].join('; ') }),
    ...(rows.some(({ drifted }) => drifted) ? { drifted: true } : {}),
    ...(loops.length === 0 ? {} : { loopMs: median(loops) }),
    ...(warmUps.length === 0
      ? {}
      : {
          warmUp: { runs: Math.max(...warmUps.map(({ runs }) => runs)), steady: warmUps.every(({ steady }) => steady) },
        }),
    ...(histograms.length === 0 ? {} : { histogram: allOf(histograms) }),
  };
}

/** The median of the processes' values; with two of them the interval has both of theirs, with more it is that of the values. */
function acrossProcesses(estimates: readonly Estimate[]): Estimate {
  const values = estimates.map(({ value }) => value);
  const runs = estimates.reduce((sum, each) => sum + each.runs, 0);
  if (values.length >= ENOUGH) return { ...estimate(values), runs };
  return {
    value: median(values),
    low: Math.min(...estimates.map(({ low }) => low)),
    high: Math.max(...estimates.map(({ high }) => high)),
    runs,
  };
}

function allOf(histograms: readonly string[]): string {
  const all = new Latencies();
  for (const histogram of histograms) all.addAll(Latencies.decode(histogram));
  return all.encode();
}
