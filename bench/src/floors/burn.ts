import { burn } from '../jobs/burn.ts';

/** The same work for each line, and the sum of its results. */
export function burnAll(rounds: number) {
  return (batch: { readonly lines: readonly string[] }): number[] => {
    let sum = 0;
    for (const line of batch.lines) sum += burn(Number(line), rounds);
    return [sum];
  };
}
