import { checkOutputs } from '../harness/check-outputs.ts';
import type { Backends } from '../harness/contenders.ts';
import type { Laps } from '../harness/race.ts';
import { type Contender, race } from '../harness/race.ts';
import type { SuiteContext } from '../suite.ts';
import type { PlainWorkload } from '../workload.ts';
import { Flood } from './flood.ts';

/** What a run does, for the reports. */
export function floodAbout({ batch, batches, unit }: PlainWorkload): string {
  return `${(batch * batches).toLocaleString('en')} ${unit} are sent to the job's source as fast as it takes them, until all results are there; each run is a job of its own, whose start is not timed.`;
}

/** A race, and how many records all backends delivered when their output was compared. */
export interface Compared {
  readonly laps: Laps;
  readonly delivered: number;
}

/** Runs of a job that has a source of its own, in turns on each backend. @throws OutputDiffers before anything is timed */
export async function raceFloods(
  workload: PlainWorkload,
  backends: Backends,
  context: SuiteContext,
): Promise<Compared> {
  const delivered = await checkOutputs(workload, backends);
  const contenders = Object.entries(backends).map(
    ([name, backend]): Contender => ({
      id: name,
      title: name,
      open() {
        let flood: Flood | null = null;
        const next = backend();
        let unused: typeof next | null = next;
        return {
          cores: next.parallelism,
          async prepare() {
            await flood?.close();
            flood = await Flood.open(workload, unused ?? backend());
            unused = null;
          },
          // Results were compared before: batches differ from run to run.
          async run() {
            await flood?.run();
          },
          close: async () => flood?.close(),
        };
      },
    }),
  );
  return { laps: await race(contenders, context), delivered };
}
