import { FloorOutput } from '../harness/compare.ts';
import type { Backends } from '../harness/contenders.ts';
import type { PlainWorkload } from '../workload.ts';
import { Flood } from './flood.ts';

/**
 * Compares what a job with a live source delivers on each backend with its reference, which is given the same batches as the job
 * has cut. Without a reference there is nothing to compare with: two backends cut different batches.
 *
 * @throws OutputDiffers naming the backend, the batch and a record
 */
export async function checkLive(workload: PlainWorkload, backends: Backends): Promise<void> {
  const { reference, input } = workload;
  if (reference === null) return;
  for (const [name, backend] of Object.entries(backends)) {
    const flood = await Flood.open({ ...workload, delivery: 'collect' }, backend());
    const batches = await flood.run().finally(() => flood.close());
    const loop = reference();
    const floor = new FloorOutput(batches.map(({ from, to }) => [...loop(input.records(from, to))]));
    floor.compare(
      name,
      batches.map(({ output }) => output as readonly unknown[]),
    );
  }
}
