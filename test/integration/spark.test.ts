import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FloorOutput } from '@millrace/bench';
import { describe, expect, it } from 'vitest';
import { sparkContender } from '../../bench/peers/src/spark/contender.ts';
import { noSpark } from '../../bench/peers/src/spark/jars.ts';
import { writeLines } from '../../bench/peers/src/spark/plan.ts';
import { SparkProcess } from '../../bench/peers/src/spark/process.ts';
import { Scratch } from '../../bench/peers/src/spark/scratch.ts';
import { outputByHand, SMALL_WORKS } from '../../bench/peers/src/spark/small-works.ts';

const reason = noSpark();
if (reason !== null) console.warn(`tests with Spark are skipped: ${reason}`);

describe.skipIf(reason !== null)('a program on Spark', () => {
  it('answers in order, says why it cannot, goes on, and leaves nothing', async () => {
    const spark = SparkProcess.start({ main: 'Echo', cores: 2 });
    const { folder } = spark;
    try {
      const asked = [{ say: 'grün' }, { fail: 'on purpose' }, { say: 'b' }].map((each) => spark.ask(each));
      const [first, second, third] = await Promise.allSettled(asked);
      expect(first).toMatchObject({ status: 'fulfilled', value: { said: 'grün', cores: 2 } });
      expect(second).toMatchObject({ status: 'rejected' });
      expect(String((second as PromiseRejectedResult).reason)).toContain('on purpose');
      expect(third).toMatchObject({ status: 'fulfilled', value: { said: 'b' } });
      expect(existsSync(folder)).toBe(true);
    } finally {
      await spark.close();
    }
    expect(existsSync(folder)).toBe(false);
    await expect(spark.ask({ say: 'late' })).rejects.toThrow('Echo on Spark ended with 0');
  });

  it('one that does not start says why', async () => {
    const spark = SparkProcess.start({ main: 'Missing', cores: 1 });
    await expect(spark.ask({})).rejects.toThrow(
      /Missing on Spark ended with 1: [\s\S]*Could not find or load main class/,
    );
    await spark.close();
  });
});

describe.skipIf(reason !== null).each(Object.entries(SMALL_WORKS))('%s', (_, small) => {
  const { work, mains, plan } = small;

  it.each(mains)('%s on Spark delivers what the loop does', async (main) => {
    using scratch = new Scratch();
    const file = join(scratch.path, 'lines');
    writeLines(file, plan.batches);
    const { checkpoint } = work;
    const delivered = plan.batches.map(work.delivered);
    const entry = { id: main, title: main, main, cores: 2, file, plan, delivered, checkpoint };
    const subject = await sparkContender(entry).open();
    try {
      subject.prepare!();
      const output: (readonly unknown[])[] = [];
      await subject.run((records) => output.push(records));
      new FloorOutput(outputByHand(small)).compare(main, output);
      // A second run goes on, and delivers nothing to this process.
      subject.prepare!();
      await subject.leadIn!();
      await subject.run((records) => output.push(records));
      expect(output).toHaveLength(11);
    } finally {
      await subject.close();
    }
  });
});
