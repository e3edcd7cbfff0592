import { FloorOutput } from '../harness/compare.ts';
import type { Backends } from '../harness/contenders.ts';
import type { PlainWorkload } from '../workload.ts';
import { Flood } from './flood.ts';

/**
 * Compares what a job with a live source delivers on each backend with its reference, which is given the same batches as the job
 * has cut. Without a reference there is nothing to compare with, since two backends cut different batches: then it is only counted.
 *
 * @returns how many records all backends have delivered
 * @throws OutputDiffers naming the backend, the batch and a record
 */
export async function checkLive(workload: PlainWorkload, backends: Backends): Promise<number> {
  const { reference, input } = workload;
  let delivered = 0;
  for (const [name, backend] of Object.entries(backends)) {
    const flood = await Flood.open(reference === null ? workload : { ...workload, delivery: 'collect' }, backend());
    const batches = await flood.run().finally(() => flood.close());
    for (const { output } of batches) delivered += typeof output === 'number' ? output : output.length;
    if (reference === null) continue;
    const loop = reference();
    const floor = new FloorOutput(batches.map(({ from, to }) => [...loop(input.records(from, to))]));
    floor.compare(
      name,
      batches.map(({ output }) => output as readonly unknown[]),
    );
  }
  return delivered;
}
