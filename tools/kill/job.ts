import { defineJob, milliseconds } from '../../packages/core/src/index.ts';
import { saveAsTextFiles } from '../../packages/sinks/src/files/index.ts';
import { sqliteSink } from '../../packages/sinks/src/sqlite/index.ts';
import { textFileStream } from '../../packages/sources/src/files/index.ts';
import { httpStream } from '../../packages/sources/src/http/index.ts';
import { socketServerStream } from '../../packages/sources/src/sockets/index.ts';
import { dieIfAsked, type Poison } from './mortal-workers.ts';

export interface KillParams {
  /** Where files appear that are read. */
  readonly input: string;
  /** Prefix of the directories of batches. */
  readonly output: string;
  /** Database with the table `records (record)`. */
  readonly database: string;
  /** A worker that sees a 1 in it takes it away and dies; null where the driver does all. */
  readonly poison: Poison | null;
}

/** Records from HTTP, a socket and files, saved as they are; and how many there were of each kind, by state and by a window. */
export default defineJob(
  { name: 'kill', batchInterval: milliseconds(100) },
  (ssc, { input, output, database, poison }: KillParams) => {
    const posted = httpStream<string>(ssc, { port: 0, name: 'posted' });
    const sent = socketServerStream(ssc, { port: 0, ack: true, name: 'sent' });
    const lines = textFileStream(ssc, input, { name: 'files' });
    const all = posted
      .union(sent)
      .union(lines)
      .map((record) => {
        dieIfAsked(poison);
        return record;
      });
    saveAsTextFiles(all, output, { name: 'records' });
    sqliteSink(all, {
      file: database,
      insert: { table: 'records', columns: ['record'], values: (record: string) => [record] },
      name: 'database',
    });
    const ones = all.map((record) => [record.slice(0, 1), 1] as [string, number]);
    const add = (a: number, b: number) => a + b;
    const totals = ones.updateStateByKey((n: number[], total: number | null) => n.reduce(add, total ?? 0));
    const recent = ones.reduceByKeyAndWindow(add, milliseconds(500), milliseconds(100), {
      inverse: (a, b) => a - b,
      filter: ([, n]) => n > 0,
    });
    return { posted, sent, all, totals, recent };
  },
);
