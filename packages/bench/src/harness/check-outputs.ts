import { checkLive } from '../live/check-live.ts';
import { isLive } from '../live/live-input.ts';
import { entriesOf, type PlainWorkload, recordsOf } from '../workload.ts';
import { FloorOutput } from './compare.ts';
import type { Backends } from './contenders.ts';
import { Engine } from './engine.ts';

/**
 * Compares what a workload's job delivers on each backend with its reference, or, without one, with the first backend, over the
 * batches of one run: what measures do that have no race, in which that is done.
 *
 * @throws OutputDiffers naming the backend, the batch and a record
 */
export async function checkOutputs(workload: PlainWorkload, backends: Backends): Promise<void> {
  if (isLive(workload.input)) return checkLive(workload, backends);
  const { job, params, reference } = workload;
  let floor: FloorOutput | null = null;
  if (reference !== null) {
    const loop = reference();
    floor = new FloorOutput(recordsOf(workload, 0).map((records) => [...loop(records)]));
  }
  for (const [name, backend] of Object.entries(backends)) {
    const engine = await Engine.open({ job, params, backend: backend() });
    const output: (readonly unknown[])[] = [];
    try {
      for (const entry of entriesOf(workload, 0)) output.push(await engine.collectBatch(entry));
    } finally {
      await engine.close();
    }
    if (floor === null) floor = new FloorOutput(output);
    else floor.compare(name, output);
  }
}
