import type { StageMetrics } from '../lineage/stage-graph.ts';
import { type JoinChoice, type JoinSizes, paysToBroadcast } from '../skew/broadcast-choice.ts';

/**
 * Whether right sides of joins go to all tasks, decided when a join's batch is planned, from what batches before it have measured. Where the
 * pairs of a batch lie is something that outputs can see: a batch that runs again does as it did.
 */
export class JoinChoices {
  readonly #sizes = new Map<string, JoinSizes>();
  /** By join and batch time. */
  readonly #chosen = new Map<string, Map<number, boolean>>();
  readonly #does = new Map<string, boolean>();
  #fresh: JoinChoice[] = [];
  readonly #rememberMs: number;

  /** @param rememberMs how long a batch may be planned once more, in ms: windows look back to it */
  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  /** What the run before has decided. */
  restore(choices: readonly JoinChoice[]): void {
    for (const [join, time, broadcasts] of choices) this.#note(join, time, broadcasts);
  }

  /** Whether the right side of a join goes to all tasks in the batch at a time. */
  choose(join: string, time: number): boolean {
    const known = this.#chosen.get(join)?.get(time);
    if (known !== undefined) return known;
    const sizes = this.#sizes.get(join);
    const broadcasts = sizes !== undefined && paysToBroadcast(sizes, this.#does.get(join) ?? false);
    this.#does.set(join, broadcasts);
    this.#note(join, time, broadcasts);
    this.#fresh.push([join, time, broadcasts]);
    return broadcasts;
  }

  /** What was decided since this was asked last, to be written down. */
  takeFresh(): readonly JoinChoice[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** A batch is complete: takes the sizes of sides from its stages. One without records says nothing of the next. */
  measured(time: number, stages: readonly StageMetrics[]): void {
    if (this.#chosen.size === 0) return;
    for (const { shuffle } of stages) {
      if (shuffle === null || shuffle.side !== 'right' || !this.#chosen.has(shuffle.operator)) continue;
      const join = shuffle.operator;
      const leftRecords = leftOf(join, stages);
      if (leftRecords === 0) continue;
      this.#sizes.set(join, { leftRecords, rightRecords: shuffle.moved, rightBytes: shuffle.encodedBytes });
    }
    for (const times of this.#chosen.values())
      for (const t of times.keys()) if (t <= time - this.#rememberMs) times.delete(t);
  }

  /** How many decisions are remembered, for the test that nothing grows. */
  get remembered(): number {
    return [...this.#chosen.values()].reduce((sum, times) => sum + times.size, 0) + this.#fresh.length;
  }

  #note(join: string, time: number, broadcasts: boolean): void {
    const times = this.#chosen.get(join) ?? new Map<number, boolean>();
    this.#chosen.set(join, times.set(time, broadcasts));
  }
}

/** Records of a join's left side: those that were moved, or those that were looked up where they are. */
function leftOf(join: string, stages: readonly StageMetrics[]): number {
  let records = 0;
  for (const { shuffle, operators, tasks } of stages) {
    if (shuffle?.operator === join && shuffle.side === 'left') records += shuffle.moved;
    else if (operators.includes(join)) records += tasks.reduce((sum, { recordsProbed }) => sum + recordsProbed, 0);
  }
  return records;
}
