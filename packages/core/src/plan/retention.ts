import type { PlanNode } from './node.ts';

/** What decides how long a stream's batches are kept. All in ms. */
export interface RetentionNeeds {
  readonly slideMs: number;
  /** Checkpoint interval of the stream, null if it has none. */
  readonly checkpointMs: number | null;
  /** What `ssc.remember` asked for, null if nothing. */
  readonly explicitMs: number | null;
  /** The most that a child needs, null without children. */
  readonly neededByChildMs: number | null;
}

/** max(slide, 2 × checkpoint interval unless it is below the slide, explicit remember, what children need) (R53). */
export function rememberDuration(needs: RetentionNeeds): number {
  const { slideMs, checkpointMs, explicitMs, neededByChildMs } = needs;
  return Math.max(
    slideMs,
    checkpointMs === null || checkpointMs < slideMs ? 0 : 2 * checkpointMs,
    explicitMs ?? 0,
    neededByChildMs ?? 0,
  );
}

/**
 * How long each node's batches are kept: one pass from the outputs back. A window needs its parent for its own retention
 * and its length.
 * @param slideOf the longest time between two batches of a stream, where that is not its slide
 */
export function planRetention(
  nodes: readonly PlanNode[],
  explicitMs: number | null,
  slideOf: (node: PlanNode) => number = (node) => node.slideMs,
): Map<string, number> {
  const needed = new Map<string, number>();
  const remember = new Map<string, number>();
  // Nodes are made after their inputs, so the reverse order visits every consumer before what it consumes.
  for (const node of [...nodes].reverse()) {
    const own = rememberDuration({
      slideMs: slideOf(node),
      checkpointMs: (node.params.checkpointMs as number | undefined) ?? null,
      explicitMs,
      neededByChildMs: needed.get(node.name) ?? null,
    });
    remember.set(node.name, own);
    const need = own + (node.operator.inputRetentionMs?.(node) ?? 0);
    for (const input of node.inputs) needed.set(input.name, Math.max(needed.get(input.name) ?? 0, need));
  }
  return remember;
}

/**
 * The default checkpoint interval of streams that must checkpoint: the smallest multiple of the slide ≥ 10 s (R62).
 * @public
 */
export function defaultCheckpointInterval(slideMs: number): number {
  return slideMs * Math.max(1, Math.ceil(10_000 / slideMs));
}
