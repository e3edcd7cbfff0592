import { error } from '../errors/index.ts';
import type { PlanNode } from './node.ts';

/** Bounds of a batch interval that changes. All in ms. */
export interface IntervalBounds {
  readonly minMs: number;
  readonly maxMs: number;
  /** The interval to begin with. */
  readonly initialMs: number;
}

/** More intervals than this are no choice any more. */
const MOST_INTERVALS = 4096;

/** Names of the streams whose slide the user has fixed, with all that are computed from them. */
export function fixedSlides(nodes: readonly PlanNode[]): Set<string> {
  const fixed = new Set<string>();
  for (const node of nodes) if (node.fixedSlide || node.inputs.some((i) => fixed.has(i.name))) fixed.add(node.name);
  return fixed;
}

/**
 * The batch intervals that leave every window and slide its meaning: multiples of the shortest one that divide all of them.
 *
 * @returns in ascending order; the initial one is among them
 * @throws MR_ADAPTIVE_INTERVAL when there is no choice, when the job's own interval is none of them, or when a stream of every
 *   batch meets one of a fixed slide
 */
export function possibleIntervals(nodes: readonly PlanNode[], { minMs, maxMs, initialMs }: IntervalBounds): number[] {
  const fixed = fixedSlides(nodes);
  const lengths = new Map<number, string>();
  for (const node of nodes) {
    if (node.fixedSlide) lengths.set(node.slideMs, `the slide of ${node.name}`);
    if (typeof node.params.windowMs === 'number') lengths.set(node.params.windowMs, `the window of ${node.name}`);
    const slides = new Set(node.inputs.map((input) => (fixed.has(input.name) ? input.slideMs : null)));
    if (slides.size > 1) {
      throw error('MR_ADAPTIVE_INTERVAL', {
        reason: `${node.name} puts a stream of every batch together with one of a fixed slide, which would part when the interval changes`,
      });
    }
  }
  if (maxMs / minMs > MOST_INTERVALS)
    throw error('MR_ADAPTIVE_INTERVAL', {
      reason: `there are more than ${MOST_INTERVALS} multiples of ${minMs} ms up to ${maxMs} ms`,
    });
  const intervals: number[] = [];
  for (let ms = minMs; ms <= maxMs; ms += minMs) {
    if ([...lengths.keys()].every((length) => length % ms === 0)) intervals.push(ms);
  }
  const rule = [...lengths].map(([ms, what]) => `${what} (${ms} ms)`).join(', ');
  if (!intervals.includes(initialMs)) {
    throw error('MR_ADAPTIVE_INTERVAL', {
      reason: `the batch interval, ${initialMs} ms, is no multiple of ${minMs} ms up to ${maxMs} ms${rule === '' ? '' : ` that divides ${rule}`}`,
    });
  }
  if (intervals.length === 1) {
    throw error('MR_ADAPTIVE_INTERVAL', {
      reason: `there is no other interval than ${initialMs} ms: no other multiple of ${minMs} ms up to ${maxMs} ms${rule === '' ? '' : ` divides ${rule}`}`,
    });
  }
  return intervals;
}
