import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noSpark } from './jars.ts';
import { SparkProcess } from './process.ts';

const reason = noSpark();
if (reason !== null) console.warn(`tests with Spark are skipped: ${reason}`);

describe.skipIf(reason !== null)(`a program on Spark${reason === null ? '' : `, skipped: ${reason}`}`, () => {
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
