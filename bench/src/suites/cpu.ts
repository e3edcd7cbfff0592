import { engineContenders, loopContender, race, type Suite, speedRatio, throughputRows } from '@millrace/bench';
import { linesBlock } from '@millrace/core';
import { backends, TITLES } from '../contenders.ts';
import { burnAll } from '../floors/burn.ts';
import { roundsFor } from '../jobs/burn.ts';

const JOB = new URL('../jobs/cpu.job.ts', import.meta.url);
const MICROS = 20;

/** Work that threads are for: much of it for each record. */
export const cpuSuite: Suite = {
  id: 'cpu',
  title: `${MICROS} µs of work a record`,
  group: 'Engine costs',
  about: `2 batches of 3,000 records in 2 raw blocks each; each record costs ${MICROS} µs, calibrated on this machine before the runs.`,
  collections: ['quick', 'full'],
  async run(context) {
    const rounds = roundsFor(MICROS);
    const half = context.quick ? 1_000 : 1_500;
    const lines = Array.from({ length: 2 * half }, (_, i) => String(i + 1));
    const blocks = [lines.slice(0, half), lines.slice(half)].map((part) => linesBlock(part.join('\n')));
    const twice = <T>(batch: T) => [batch, batch];
    const engines = backends(context.quick ? ['single', 'threads2'] : undefined);
    const contenders = [
      loopContender({ loop: () => burnAll(rounds), batches: () => twice({ lines }) }),
      ...engineContenders({ job: JOB, params: { rounds }, batches: () => twice({ blocks }) }, engines),
    ];
    const laps = await race(contenders, context);
    return {
      rows: throughputRows(this.id, laps, 4 * half),
      ratios: { 'cpu.threads2/single': speedRatio(laps, TITLES.threads2, TITLES.single) },
    };
  },
};
