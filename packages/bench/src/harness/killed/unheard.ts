import type { CompletedBatch, DeliveredBatch } from './messages.ts';

/**
 * Adds the batches that had completed when their process was killed, and of which nobody heard: their output was there, and they did not run again. They
 * count as complete when the process was killed.
 *
 * @param batches that are known to have completed, of both processes
 * @param before how many of them are of the first
 * @param delivered by the first process
 */
export function withUnheard(
  batches: readonly CompletedBatch[],
  before: number,
  delivered: readonly DeliveredBatch[],
  killedAt: number,
): { readonly batches: readonly CompletedBatch[]; readonly before: number } {
  const heard = new Set(batches.map(({ batch }) => batch));
  const unheard = delivered
    .filter(({ batch }) => !heard.has(batch))
    .map(
      (each): CompletedBatch => ({
        ...each,
        kind: 'completed',
        processingStartTime: null,
        processingDelay: null,
        completedAt: killedAt,
      }),
    );
  return {
    batches: [...batches.slice(0, before), ...unheard, ...batches.slice(before)],
    before: before + unheard.length,
  };
}
