import {
  type CheckpointStore,
  type ExecutionBackend,
  loadJob,
  type StreamingContext,
} from '../../../packages/core/src/index.ts';
import { type BatchOutput, collectOutputs, ManualClock } from '../../../packages/core/src/testing/index.ts';
import type job from './job.ts';
import type { FileJobParams } from './job.ts';
import { FILE_JOB } from './run.ts';

/** From a start of a job with files to its end, whatever ends it. */
export interface Life {
  readonly backend: ExecutionBackend;
  readonly params: FileJobParams;
  /** What the life before has left, and where this one's end may come from. */
  readonly store: CheckpointStore;
  readonly fromMs: number;
  /** What happens while it runs. */
  readonly meanwhile: (ssc: StreamingContext, clock: ManualClock) => Promise<void>;
}

/** Starts the job, lets it make up for what was missed, and ends it; gives what it has output, and the time. */
export async function live(life: Life): Promise<{ readonly outputs: BatchOutput<unknown>[]; readonly nowMs: number }> {
  const clock = new ManualClock(life.fromMs);
  const { ssc, streams } = await loadJob<typeof job>(FILE_JOB, {
    backend: life.backend,
    params: life.params,
    clock,
    warn: () => {},
    stopBackendByDefault: false,
    // The driver's death is one: nobody is there to go on.
    onBatchFailure: 'stop',
    checkpoint: life.store,
  });
  const outputs = collectOutputs(streams, 'outputs');
  let started = true;
  await ssc.start().catch((e: unknown) => {
    started = false;
    if (!isDead(life.store)) throw e;
  });
  ssc.awaitTermination().catch(() => {});
  if (started) {
    await ssc.awaitIdle();
    await life.meanwhile(ssc, clock);
    await ssc.stop();
    // Nothing but the death may have ended it.
    const end = ssc.awaitTermination();
    await (isDead(life.store) ? end.catch(() => {}) : end);
  }
  return { outputs, nowMs: clock.now() };
}

/** Whether a store has failed, as that of a process that was killed. */
export function isDead(store: CheckpointStore): boolean {
  return (store as { readonly broken?: boolean }).broken === true;
}
