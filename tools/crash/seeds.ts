/**
 * Schedules that were found to fail, and what was wrong: each runs first in `crash.test.ts`. What a seed means depends on the
 * generator of `tools/random` and on `schedule.ts`: where these change, a seed only is one more schedule.
 */
export const SEEDS: readonly { readonly seed: number; readonly why: string }[] = [
  {
    seed: 587,
    why: 'a batch with nothing to run was not over after a restart, and ran behind later ones on their state',
  },
  {
    seed: 102334,
    why: 'snapshots of state that were restored had lost their partitioner, so that windows had other partitions',
  },
  { seed: 603942, why: 'a window that slides by several batches asked for received blocks that were forgotten' },
  {
    seed: 401050238,
    why: 'what was computed before a window was due counted once more in accumulators after a restart',
  },
  {
    seed: 795150678,
    why: 'the mark of a log knew of records that were deleted since, with nothing behind them but the header of a segment',
  },
  {
    seed: 375,
    why: 'a delta updates a key that a sweep has not in its base: it was removed before its slice',
  },
];
