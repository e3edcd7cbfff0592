import type { SpeculationSettings } from '../backend/speculation.ts';
import { error } from '../errors/index.ts';
import { checkOptionNames } from './check-options.ts';
import { type Duration, durationMs } from './time.ts';

/** When a task counts as a straggler. `speculation: true` takes all defaults. Names are those of `spark.speculation.*`. */
export interface SpeculationOptions {
  /** The part of a stage's tasks that must have finished first, from 0 to 1; 0.75 unless given. With 0 none must. */
  readonly quantile?: number;
  /** A straggler has run so many times as long as the median of the finished tasks; 1.5 unless given, at least 0. */
  readonly multiplier?: number;
  /** And at least so long; 100 ms unless given. Spark calls it `minTaskRuntime`. */
  readonly minTaskTime?: Duration;
  /** Time between two looks for stragglers; 100 ms unless given. */
  readonly interval?: Duration;
}

/** Checks what a context was given. @throws MR_OPTION, MR_DURATION */
export function speculationSettings(options: unknown): SpeculationSettings | null {
  if (options === undefined || options === false) return null;
  if (options !== true && (typeof options !== 'object' || options === null))
    throw error('MR_OPTION', { option: 'speculation', value: options, rule: 'must be true, false or an object' });
  const given: SpeculationOptions = options === true ? {} : options;
  checkOptionNames('speculation', given, ['quantile', 'multiplier', 'minTaskTime', 'interval']);
  const { quantile = 0.75, multiplier = 1.5, minTaskTime = 100, interval = 100 } = given;
  if (!(typeof quantile === 'number' && quantile >= 0 && quantile <= 1))
    throw error('MR_OPTION', { option: 'speculation: quantile', value: quantile, rule: 'must be from 0 to 1' });
  if (!(typeof multiplier === 'number' && multiplier >= 0 && multiplier < Number.POSITIVE_INFINITY))
    throw error('MR_OPTION', { option: 'speculation: multiplier', value: multiplier, rule: 'must be at least 0' });
  return {
    quantile,
    multiplier,
    minTaskMs: durationMs(minTaskTime, 'speculation: minTaskTime', { allowZero: true }),
    intervalMs: durationMs(interval, 'speculation: interval'),
  };
}
