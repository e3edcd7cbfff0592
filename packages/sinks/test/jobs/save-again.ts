/*
 * Saves one batch again and again, each time with other contents and another number of partitions, until it is killed.
 */
import { BatchDirectory, partName } from '../../src/files/batch-directory.ts';
import { writePart } from '../../src/files/part-file.ts';
import { lineEncoder, textLine } from '../../src/files/text-encoder.ts';

const directory = process.argv[2] as string;
const batch = new BatchDirectory('again', directory);
const encode = lineEncoder(textLine, 'utf8');

for (let generation = 1; ; generation++) {
  await batch.prepare();
  const parts: string[] = [];
  for (let p = 0; p <= generation % 3; p++) {
    const name = partName(p, '');
    const records = new Array<string>(20_000).fill(`generation ${generation}`);
    await writePart(records, { sink: 'again', directory, name, encode, compression: null });
    parts.push(name);
  }
  await batch.commit(parts);
  if (generation === 1) process.stdout.write('ready');
}
