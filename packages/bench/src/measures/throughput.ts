import { engineContenders, loopContender } from '../harness/engine-contenders.ts';
import { perCoreRows, race, throughputRows } from '../harness/race.ts';
import { entriesOf, recordsOf } from '../workload.ts';
import type { Measure } from './measure.ts';

/**
 * Records a second in a closed loop: a batch begins when the one before it has ended; and of each core, where a backend has several
 * workers. Contenders take turns; each is warm before it is timed, and its output was compared with the reference's, or, without one, with the first backend's.
 */
export function throughput(): Measure {
  return {
    id: 'throughput',
    suiteOf(workload, backends) {
      const { id, title, about, group, collections, job, params, batch, batches, unit, reference, delivery } = workload;
      const suite = `${id}.throughput`;
      return {
        id: suite,
        title,
        group,
        collections,
        about: `${about} ${batches} batches of ${batch.toLocaleString('en')} ${unit}, one after the other.`.trim(),
        async run(context) {
          const contenders = engineContenders(
            { job, params, delivery, batches: (run) => entriesOf(workload, run) },
            backends,
          );
          if (reference !== null)
            contenders.unshift(loopContender({ loop: reference, batches: (run) => recordsOf(workload, run) }));
          const laps = await race(contenders, context);
          const all = [suite, laps, batch * batches, `${unit}/s`] as const;
          const shared = [...laps.values()].some(({ cores }) => cores > 1);
          return { rows: [...throughputRows(...all), ...(shared ? perCoreRows(...all) : [])], ratios: {} };
        },
      };
    },
  };
}
