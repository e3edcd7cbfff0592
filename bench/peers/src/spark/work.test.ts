import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_BACKENDS, engineContenders, FloorOutput } from '@millrace/bench';
import { describe, expect, it } from 'vitest';
import { Scratch } from './scratch.ts';
import { outputByHand, SMALL_WORKS } from './small-works.ts';

describe.each(Object.entries(SMALL_WORKS))('%s', (_, small) => {
  const { work, plan } = small;
  it('the loop counts what is there', () => {
    const output = outputByHand(small);
    expect(output).toHaveLength(11);
    expect(new Set(output.map((records) => JSON.stringify(records))).size).toBeGreaterThan(2);
  });

  it.each(Object.keys(DEFAULT_BACKENDS))('Millrace on %s delivers what the loop does', async (name) => {
    using scratch = new Scratch();
    const { job, params, checkpoint } = work;
    const entries = (numbers: readonly number[]) => numbers.map((n) => plan.batches[n]!);
    const [contender] = engineContenders(
      {
        job,
        params,
        preload: () => entries(plan.preload),
        batches: (n) => entries(plan.run(n)),
        ...(checkpoint ? { checkpoint: () => join(scratch.path, 'checkpoint') } : {}),
      },
      { [name]: DEFAULT_BACKENDS[name]! },
    );
    const subject = await contender!.open();
    try {
      subject.prepare!();
      const output: (readonly unknown[])[] = [];
      await subject.run((records) => output.push(records));
      new FloorOutput(outputByHand(small)).compare(name, output);
      expect(existsSync(join(scratch.path, 'checkpoint'))).toBe(checkpoint);
    } finally {
      await subject.close();
    }
  });
});
