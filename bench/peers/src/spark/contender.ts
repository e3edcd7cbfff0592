import { join } from 'node:path';
import { type Contender, OutputDiffers } from '@millrace/bench';
import { linesOf, type Plan } from './plan.ts';
import { SparkProcess } from './process.ts';

/** A program of Spark in a race. */
export interface SparkEntry {
  readonly id: string;
  /** As reports show it. */
  readonly title: string;
  /** The Java class. */
  readonly main: string;
  /** Of `local[cores]`. */
  readonly cores: number;
  /** A file with the lines of the plan's batches. */
  readonly file: string;
  readonly plan: Plan;
  /** How many records each of the plan's batches delivers, which is compared in every run. */
  readonly delivered: readonly number[];
  /** Whether it keeps a checkpoint. */
  readonly checkpoint: boolean;
}

/** What came of batches. */
interface Ran {
  /** How many each batch delivered. */
  readonly records: readonly number[];
  /** Of each batch, where it was to be kept. */
  readonly output: readonly (readonly unknown[])[];
}

/**
 * Runs a Java program on Spark in turns with others. Between its turns nothing happens in it. Its output comes to its driver each time;
 * here it comes once, to be compared.
 */
export function sparkContender({ id, title, main, cores, file, plan, delivered, checkpoint }: SparkEntry): Contender {
  return {
    id,
    title,
    async open() {
      const spark = SparkProcess.start({ main, cores });
      const run = async (batches: readonly number[], keep = false) => {
        const ran = await spark.ask<Ran>({ kind: 'run', batches, keep });
        const expected = batches.map((n) => delivered[n]!);
        checkDelivered(title, ran.records, expected);
        return ran;
      };
      try {
        const sizes = plan.batches.map(linesOf);
        await spark.ask({
          kind: 'open',
          file,
          sizes,
          checkpoint: checkpoint ? `file://${join(spark.folder, 'checkpoint')}` : null,
        });
        await run(plan.preload);
      } catch (e) {
        await spark.close();
        throw e;
      }
      let runs = 0;
      let compared = false;
      let next: readonly number[] = [];
      return {
        prepare() {
          next = plan.run(runs++);
        },
        async leadIn() {
          await spark.ask({ kind: 'collectGarbage' });
          await run(next.slice(0, Math.ceil(next.length / 4)));
        },
        async run(sink) {
          if (compared) return void (await run(next));
          const { output } = await run(next, true);
          for (const batch of output) sink(batch);
          compared = true;
        },
        close: () => spark.close(),
      };
    },
  };
}

/** @throws OutputDiffers naming the batch that did not deliver what it has */
export function checkDelivered(title: string, found: readonly number[], expected: readonly number[]): void {
  if (found.length !== expected.length)
    throw new OutputDiffers(`${title} delivered ${found.length} batches of a run of ${expected.length}`);
  const at = expected.findIndex((records, i) => records !== found[i]);
  if (at === -1) return;
  throw new OutputDiffers(
    `${title} delivered ${found[at]} records in batch ${at} of a run, where it has ${expected[at]}`,
  );
}
