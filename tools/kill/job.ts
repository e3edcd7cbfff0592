import { defineJob, milliseconds } from '../../packages/core/src/index.ts';
import { saveAsTextFiles } from '../../packages/sinks/src/files/index.ts';
import { textFileStream } from '../../packages/sources/src/files/index.ts';
import { httpStream } from '../../packages/sources/src/http/index.ts';

export interface KillParams {
  /** Where files appear that are read. */
  readonly input: string;
  /** Prefix of the directories of batches. */
  readonly output: string;
}

/** Records from HTTP and from files, saved as they are; and how many there were of each kind, by state and by a window. */
export default defineJob({ name: 'kill', batchInterval: milliseconds(100) }, (ssc, { input, output }: KillParams) => {
  const posted = httpStream<string>(ssc, { port: 0, name: 'posted' });
  const lines = textFileStream(ssc, input, { name: 'files' });
  const all = posted.union(lines);
  saveAsTextFiles(all, output, { name: 'records' });
  const ones = all.map((record) => [record.slice(0, 1), 1] as [string, number]);
  const add = (a: number, b: number) => a + b;
  const totals = ones.updateStateByKey((n: number[], total: number | null) => n.reduce(add, total ?? 0));
  const recent = ones.reduceByKeyAndWindow(add, milliseconds(500), milliseconds(100), {
    inverse: (a, b) => a - b,
    filter: ([, n]) => n > 0,
  });
  return { posted, totals, recent };
});
