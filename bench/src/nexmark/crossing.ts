import { EventBatches } from './generator/batches.ts';
import type { NexmarkConfig } from './generator/config.ts';
import { NexmarkGenerator } from './generator/generator.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Before the time that is crossed. */
const LEAD_MS = 20_000;
const INTERVAL_MS = 1000;

/**
 * Events that cross what queries cut at: slow enough for many windows, and for bidders who pause for longer than a session's gap;
 * across midnight for odd seeds, and across 8 h, where other time zones have theirs, for even ones.
 */
export const crossingConfig = (seed: number): Partial<NexmarkConfig> => ({
  seed,
  rate: 400,
  baseTime: (seed % 2 === 1 ? DAY_MS : 10 * DAY_MS + 8 * HOUR_MS) - LEAD_MS,
});

/** The same in batches: what queries are compared on. The stream that is timed stays within a day, and hardly leaves a window. */
export const crossingBatches = (seed: number, events: number): EventBatches =>
  new EventBatches(new NexmarkGenerator(crossingConfig(seed)), events, INTERVAL_MS);
