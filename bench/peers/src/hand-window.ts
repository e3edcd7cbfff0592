/** The words of a batch, each once, with how often it came. */
type Pane = Iterable<readonly [word: string, count: number]>;

/** Occurrences of words in the last batches, written by hand: a Map, and one for each batch to take away again. */
export class HandWindow {
  readonly #totals = new Map<string, number>();
  readonly #panes: Pane[] = [];
  readonly #length: number;

  /** @param length of the window, in batches */
  constructor(length: number) {
    this.#length = length;
  }

  /** Counts a batch and slides. @returns the counts of the window */
  slide(words: readonly string[]): [string, number][] {
    const pane = new Map<string, number>();
    for (const word of words) pane.set(word, (pane.get(word) ?? 0) + 1);
    return this.slidePane(pane);
  }

  /** The same with a batch that is counted already. */
  slidePane(entering: Pane): [string, number][] {
    return [...this.totalsWith(entering)];
  }

  /** The same again, where not all counts are delivered. @returns what changes when it slides on */
  totalsWith(entering: Pane): ReadonlyMap<string, number> {
    const totals = this.#totals;
    if (this.#panes.length === this.#length) {
      for (const [word, n] of this.#panes.shift()!) {
        const left = totals.get(word)! - n;
        if (left === 0) totals.delete(word);
        else totals.set(word, left);
      }
    }
    for (const [word, n] of entering) totals.set(word, (totals.get(word) ?? 0) + n);
    this.#panes.push(entering);
    return totals;
  }
}
