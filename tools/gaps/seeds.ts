/**
 * Programs that were found to go wrong, and why: each runs first in `gaps.test.ts`. What a seed means depends on `program.ts`: where
 * that changes, a seed only is one more program.
 */
export const SEEDS: readonly { readonly seed: number; readonly why: string }[] = [
  { seed: 6, why: 'a window with inverse kept what state had given in a batch that failed' },
  { seed: 7, why: 'an input was asked for a batch that could not be prepared, when a window looked back' },
  { seed: 26, why: 'an input was asked behind its turn, when a window that slides further was due' },
  { seed: 110, why: 'after a restart windows looked for a batch that could not be prepared' },
  { seed: 125, why: 'a window that was planned before the batch failed read what state had given in it' },
  { seed: 144, why: 'a batch that windows could not compute again kept the job from starting' },
  { seed: 5066, why: 'after a restart windows computed again what came from state in a batch that had failed' },
  {
    seed: 1374,
    why: 'a batch that could not be planned was over before one that ran still: after a restart its state was computed for a window and never committed',
  },
];
