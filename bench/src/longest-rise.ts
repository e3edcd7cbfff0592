/** How many neighbours in a row rise at most: depends on all values and their order, so that parts of it are of no use. */
export function longestRise(values: readonly number[]): number {
  let longest = 0;
  let run = 0;
  for (let i = 0; i < values.length; i++) {
    run = i > 0 && (values[i] as number) > (values[i - 1] as number) ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest;
}
