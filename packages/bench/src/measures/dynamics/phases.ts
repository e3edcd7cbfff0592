/** How long a run is watched before and after what disturbs it. */
export interface WatchOptions {
  /** Milliseconds before it: what tells how fast batches usually are. 3,000 unless given, half of that in quick runs, and at least ten batches. */
  readonly beforeMs?: number;
  /** Milliseconds after it. 7,000 unless given, half of that in quick runs, and at least ten batches. */
  readonly afterMs?: number;
}

/** The parts of a run, in whole batches. */
export interface Phases {
  readonly warmUp: number;
  readonly before: number;
  readonly after: number;
}

const BEFORE_MS = 3000;
const AFTER_MS = 7000;
const WARM_UP_MS = 1500;
const FEWEST = 10;

/** How many batches each part of a run has. @param times as long to get warm, and after it, where things take longer */
export function phasesOf(
  intervalMs: number,
  { beforeMs, afterMs }: WatchOptions,
  quick: boolean,
  times: { readonly warmUp: number; readonly after: number } = { warmUp: 1, after: 1 },
): Phases {
  return {
    warmUp: batchesIn(WARM_UP_MS * times.warmUp, intervalMs),
    before: batchesIn(beforeMs ?? usually(BEFORE_MS, quick), intervalMs),
    after: batchesIn(afterMs ?? usually(AFTER_MS * times.after, quick), intervalMs),
  };
}

/** What a part lasts where that is not given. */
export function usually(ms: number, quick: boolean): number {
  return quick ? ms / 2 : ms;
}

/** The batches of a part, at least ten. */
export function batchesIn(ms: number, intervalMs: number): number {
  return Math.max(FEWEST, Math.ceil(ms / intervalMs));
}
