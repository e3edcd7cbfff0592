import { checkLive } from '../live/check-live.ts';
import { isLive } from '../live/live-input.ts';
import { type PlainWorkload, preloadRangesOf, queued, rangesOf } from '../workload.ts';
import { FloorOutput } from './compare.ts';
import type { Backends } from './contenders.ts';
import { Engine } from './engine.ts';

/**
 * Compares what a workload's job delivers on each backend with its reference, or, without one, with the first backend, over the
 * preload and the batches of one run: what measures do that have no race, in which that is done. All go from batch to batch together, so that no more
 * than one batch of output is held: memory is measured after it.
 *
 * @returns how many records all backends have delivered
 * @throws OutputDiffers naming the backend, the batch and a record
 */
export async function checkOutputs(workload: PlainWorkload, backends: Backends): Promise<number> {
  if (isLive(workload.input)) return checkLive(workload, backends);
  const { job, params, reference } = workload;
  const input = queued(workload);
  const loop = reference?.();
  let delivered = 0;
  const engines: { readonly name: string; readonly engine: Engine }[] = [];
  try {
    for (const [name, backend] of Object.entries(backends))
      engines.push({ name, engine: await Engine.open({ job, params, backend: backend() }) });
    for (const [n, [from, to]] of [...preloadRangesOf(workload), ...rangesOf(workload, 0)].entries()) {
      // The reference may go on changing what it has returned.
      let floor = loop === undefined ? null : new FloorOutput([[...loop(input.records(from, to))]], undefined, n);
      for (const { name, engine } of engines) {
        const output = await engine.collectBatch(input.entry(from, to));
        delivered += output.length;
        if (floor === null) floor = new FloorOutput([output], name, n);
        else floor.compare(name, [output]);
      }
    }
    return delivered;
  } finally {
    for (const { engine } of engines) await engine.close();
  }
}
