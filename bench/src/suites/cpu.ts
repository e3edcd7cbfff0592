import { linesBlock } from '@millrace/core';
import type { EngineId } from '../harness/contenders.ts';
import { engineContenders, loopContender } from '../harness/engine-contenders.ts';
import { race, speedRatio, throughputRows } from '../harness/race.ts';
import type { Suite } from '../harness/suite.ts';
import { burn, roundsFor } from '../jobs/burn.ts';

const JOB = new URL('../jobs/cpu.job.ts', import.meta.url);
const MICROS = 20;

/** The same sum, written by hand. */
function burnAll(rounds: number) {
  return (batch: { readonly lines: readonly string[] }): number[] => {
    let sum = 0;
    for (const line of batch.lines) sum += burn(Number(line), rounds);
    return [sum];
  };
}

/** Work that threads are for: much of it for each record. */
export const cpuSuite: Suite = {
  id: 'cpu',
  title: `${MICROS} µs of work a record`,
  group: 'Engine costs',
  about: `6,000 records in 2 raw blocks, one batch; each record costs ${MICROS} µs, calibrated on this machine before the runs.`,
  quick: true,
  async run(context) {
    const rounds = roundsFor(MICROS);
    const records = context.quick ? 4_000 : 6_000;
    const lines = Array.from({ length: records }, (_, i) => String(i + 1));
    const half = records / 2;
    const blocks = [lines.slice(0, half), lines.slice(half)].map((part) => linesBlock(part.join('\n')));
    const engines: readonly EngineId[] | undefined = context.quick ? ['single', 'threads2'] : undefined;
    const contenders = [
      loopContender({ loop: () => burnAll(rounds), batches: () => [{ lines }] }),
      ...engineContenders({ job: JOB, params: { rounds }, batches: () => [{ blocks }] }, engines),
    ];
    const laps = await race(contenders, context);
    return {
      rows: throughputRows(this.id, laps, records),
      ratios: { 'cpu.threads2/single': speedRatio(laps, 'threads2', 'single') },
    };
  },
};
