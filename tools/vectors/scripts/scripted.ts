import type { ContextOptions } from '../../../packages/core/src/index.ts';
import { milliseconds, StreamingContext } from '../../../packages/core/src/index.ts';
import { inlineBackend, ManualClock } from '../../../packages/core/src/testing/index.ts';

/** A context by a clock that stands still; its backend is its own. */
export function scriptedContext(
  batchMs: number,
  options: ContextOptions = {},
  startMs = 0,
): { readonly ssc: StreamingContext; readonly clock: ManualClock } {
  const clock = new ManualClock(startMs);
  return {
    ssc: new StreamingContext(inlineBackend(), milliseconds(batchMs), { clock, warn: () => {}, ...options }),
    clock,
  };
}
