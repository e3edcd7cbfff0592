import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { msgpackCodec } from '@millrace/core/connector';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { deadLetterFile } from './index.ts';

test('a batch with failures leaves a directory with records that can be read back exactly', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'letters-'));
  try {
    const clock = new ManualClock();
    const ssc = new StreamingContext(single(), seconds(1), { clock, onError: deadLetterFile(directory) });
    ssc
      .queueStream<unknown>([[1, new Date(5), 10n, () => 1], [2]])
      .map(
        (n) => {
          if (typeof n !== 'number') throw new RangeError('no number');
          return n;
        },
        { name: 'numbers' },
      )
      .foreachRDD(async (rdd) => void (await rdd.collect()));
    await ssc.start();
    await runBatches(ssc, clock, 2);
    await ssc.stop();
    expect(await readdir(directory)).toEqual(['letters-1000']);
    expect((await readdir(join(directory, 'letters-1000'))).sort()).toEqual(['_SUCCESS', 'part-00000']);
    const text = await readFile(join(directory, 'letters-1000', 'part-00000'), 'utf8');
    const letters = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      letters.map(({ operator, time, partition, index, encoded, error }) => [
        operator,
        time,
        partition,
        index,
        encoded,
        error.name,
      ]),
    ).toEqual([
      ['numbers', 1000, 0, 0, true, 'RangeError'],
      ['numbers', 1000, 0, 1, true, 'RangeError'],
      ['numbers', 1000, 0, 2, false, 'RangeError'],
    ]);
    expect(
      letters.map(({ bytes }) => (bytes === null ? null : msgpackCodec.decode(Buffer.from(bytes, 'base64'))[0])),
    ).toEqual([new Date(5), 10n, null]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
