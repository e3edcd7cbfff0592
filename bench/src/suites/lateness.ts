import { Engine, estimate, quantile, type Row, type Suite } from '@millrace/bench';
import { linesBlock } from '@millrace/core';
import { backendOf, type EngineId, TITLES } from '../contenders.ts';
import { DueTimes } from '../due-times.ts';
import { roundsFor } from '../jobs/burn.ts';

const JOB = new URL('../jobs/cpu.job.ts', import.meta.url);
const PERIOD_MS = 10;

/** How late a timer of 10 ms was, in ms, while a batch of about a second ran. */
async function lateness(engine: Engine<string>, batch: { blocks: ReturnType<typeof linesBlock>[] }): Promise<number[]> {
  const due = new DueTimes(PERIOD_MS, performance.now());
  let timer: NodeJS.Timeout;
  const tick = () => {
    timer = setTimeout(tick, Math.ceil(due.done(performance.now())));
  };
  tick();
  try {
    await engine.batch(batch);
    // What is due and has not had its turn is late by now, too.
    due.done(performance.now());
  } finally {
    clearTimeout(timer!);
  }
  return due.late;
}

/** Whether the caller's event loop lives while tasks run. */
export const latenessSuite: Suite = {
  id: 'lateness',
  title: 'Event loop of the driver under load',
  group: 'Engine costs',
  about:
    'How late a 10 ms timer of the driver is while a batch keeps the slots busy for a second: both workers of threads(2), or the calling thread itself. When the timer is due is fixed at the begin of the batch: a stall makes all late that are due in it.',
  collections: ['quick', 'full', 'latency'],
  async run(context) {
    const rounds = roundsFor(100);
    const rows: Row[] = [];
    const engines: readonly EngineId[] = context.quick ? ['threads2'] : ['threads2', 'single'];
    for (const [e, id] of engines.entries()) {
      const backend = backendOf(id);
      const half = id === 'threads2' ? 10_000 : 5_000;
      const part = (from: number) => linesBlock(Array.from({ length: half }, (_, i) => String(from + i)).join('\n'));
      const engine = await Engine.open<string, unknown, { rounds: number }>({ job: JOB, backend, params: { rounds } });
      const medians: number[] = [];
      const p99s: number[] = [];
      const runs = context.quick || id === 'single' ? 1 : 3;
      try {
        for (let run = 0; run < runs; run++) {
          context.progress((e + run / runs) / engines.length, `${TITLES[id]}: run ${run + 1} of ${runs}`);
          const late = await lateness(engine, { blocks: [part(0), part(half)] });
          medians.push(quantile(late, 0.5));
          p99s.push(quantile(late, 0.99));
        }
      } finally {
        await engine.close();
      }
      const row = { suite: this.id, unit: 'ms', better: 'lower' } as const;
      const limits = id === 'threads2' ? [{ limit: 5 }, { limit: 20 }] : [{}, {}];
      rows.push({
        ...row,
        contender: `${TITLES[id]}: median`,
        metric: 'timer is late by',
        ...estimate(medians),
        ...limits[0],
      });
      rows.push({
        ...row,
        contender: `${TITLES[id]}: p99`,
        metric: 'timer is late by',
        ...estimate(p99s),
        ...limits[1],
      });
    }
    return { rows, ratios: {} };
  },
};
