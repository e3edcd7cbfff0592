import { existsSync, linkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchSink, SinkPartition } from '@millrace/core';

/** Where `onceIn` writes a partition. */
export function fileOf(output: string, time: number, partition: number): string {
  return `${output}@${time}-${partition}.json`;
}

/** What is behind the name of a file that was to be written again. */
export const AGAIN = '.again';

/**
 * Takes each partition of each batch once, in a file of its own: what is written first stays. What comes later of the same partition is put
 * beside it, to be compared.
 *
 * @param holdFrom partitions from this one on are not written: it says `holds` and waits for ever
 */
export function onceIn(dir: string, holdFrom = Number.POSITIVE_INFINITY): BatchSink<unknown> {
  return {
    kind: 'once',
    write: async (records, { output, time, partition }: SinkPartition) => {
      if (partition >= holdFrom) {
        console.log(JSON.stringify({ holds: partition }));
        // Something has to go on, else Node would see that nobody is left who could end the wait.
        await new Promise(() => setInterval(() => {}, 1000));
      }
      const file = join(dir, fileOf(output, time.milliseconds, partition));
      const beside = `${file}.${process.pid}`;
      writeFileSync(beside, JSON.stringify([...records]));
      linkSync(beside, existsSync(file) ? `${file}${AGAIN}` : file);
      unlinkSync(beside);
    },
  };
}
