import type { Backends } from '../harness/contenders.ts';
import { engineContenders, loopContender } from '../harness/engine-contenders.ts';
import { perCoreRows, race, throughputRows } from '../harness/race.ts';
import { uncheckedNote, withNote } from '../harness/unchecked.ts';
import { isLive } from '../live/live-input.ts';
import { type Compared, floodAbout, raceFloods } from '../live/race-floods.ts';
import type { SuiteContext } from '../suite.ts';
import { entriesOf, type PlainWorkload, preloadEntriesOf, preloadRecordsOf, recordsOf } from '../workload.ts';
import type { Measure } from './measure.ts';

/**
 * Records a second in a closed loop: a batch begins when the one before it has ended; and of each core, where a backend has several
 * workers. A job with a live source is sent its records as fast as that takes them. Contenders take turns; each is warm before it is timed, and its output was compared with the reference's, or, without one, with the first backend's.
 */
export function throughput(): Measure {
  return {
    id: 'throughput',
    suiteOf(workload, backends) {
      const { id, title, about, group, collections, batch, batches, unit, input } = workload;
      const suite = `${id}.throughput`;
      return {
        id: suite,
        title,
        group,
        collections,
        about:
          `${about} ${isLive(input) ? floodAbout(workload) : `${batches} batches of ${batch.toLocaleString('en')} ${unit}, one after the other.${loopAbout(workload)}`}`.trim(),
        async run(context) {
          const { laps, delivered } = await (isLive(input) ? raceFloods : raceBatches)(workload, backends, context);
          const all = [suite, laps, batch * batches, `${unit}/s`] as const;
          const shared = [...laps.values()].some(({ cores }) => cores > 1);
          const note = uncheckedNote(workload, backends, delivered);
          const rows = [...throughputRows(...all), ...(shared ? perCoreRows(...all) : [])];
          return { rows: rows.map((row) => withNote(row, note)), ratios: {} };
        },
      };
    },
  };
}

/** What the loop is spared, for the reports. */
function loopAbout({ input, reference }: PlainWorkload): string {
  const isSpared = reference !== null && !isLive(input) && input.isRaw === true;
  return isSpared ? ' The loop gets its records ready-made; the engine decodes them from bytes.' : '';
}

/** Runs of batches that are there, in turns on each backend and by the reference. */
async function raceBatches(workload: PlainWorkload, backends: Backends, context: SuiteContext): Promise<Compared> {
  const { job, params, delivery, reference } = workload;
  const entry = {
    job,
    params,
    delivery,
    preload: () => preloadEntriesOf(workload),
    batches: (run: number) => entriesOf(workload, run),
  };
  const contenders = engineContenders(entry, backends);
  if (reference !== null)
    contenders.unshift(
      loopContender({
        loop: reference,
        preload: () => preloadRecordsOf(workload),
        batches: (run) => recordsOf(workload, run),
      }),
    );
  const laps = await race(contenders, context);
  return { laps, delivered: [...laps.values()].reduce((sum, { delivered }) => sum + delivered, 0) };
}
