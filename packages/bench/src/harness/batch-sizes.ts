/**
 * How many records are due in one interval after the other. What is less than a record is carried over, so that any rate is kept on
 * the whole.
 *
 * @param rate records a second
 * @returns gives the size of the next batch; its rate is times `factor`
 */
export function batchSizes(rate: number, intervalMs: number): (factor: number) => number {
  let carried = 0;
  return (factor) => {
    const due = (rate * intervalMs * factor) / 1000 + carried;
    // Sums of fractions fall short of whole numbers by less than that.
    const size = Math.floor(due + 1e-9);
    carried = due - size;
    return size;
  };
}
