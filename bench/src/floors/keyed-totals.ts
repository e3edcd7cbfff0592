/** A total for each key in a bare Map. @returns the update of a batch, and all totals for whoever asks */
export function keyedTotals() {
  const totals = new Map<string, number>();
  return {
    update(batch: readonly (readonly [string, number])[]): void {
      for (let i = 0; i < batch.length; i++) {
        const [key, value] = batch[i]!;
        totals.set(key, (totals.get(key) ?? 0) + value);
      }
    },
    all: (): [string, number][] => [...totals],
  };
}
