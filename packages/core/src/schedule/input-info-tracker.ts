import { error } from '../errors/index.ts';
import type { StreamInputInfo } from '../events/listener.ts';

/** What inputs reported for each batch: the figures of listeners. */
export class InputInfoTracker {
  readonly #infos = new Map<number, Map<number, StreamInputInfo>>();

  /**
   * Books what a stream had for a batch.
   * @throws MR_INPUT_INFO for a second report of the same stream and batch, MR_OPTION for a negative count (R120)
   */
  report(time: number, info: StreamInputInfo): void {
    const { inputStreamId, numRecords } = info;
    if (numRecords < 0) {
      throw error('MR_OPTION', {
        option: `numRecords of input stream ${inputStreamId}`,
        value: numRecords,
        rule: 'must be at least 0',
      });
    }
    let infos = this.#infos.get(time);
    if (infos === undefined) {
      infos = new Map();
      this.#infos.set(time, infos);
    }
    if (infos.has(inputStreamId)) {
      throw error('MR_INPUT_INFO', {
        reason: `input stream ${inputStreamId} reported twice for the batch at ${time} ms`,
      });
    }
    infos.set(inputStreamId, info);
  }

  /** What was reported for a batch, by stream id. */
  get(time: number): ReadonlyMap<number, StreamInputInfo> {
    return this.#infos.get(time) ?? NONE;
  }

  /** Forgets batches strictly before a time. */
  cleanup(threshold: number): void {
    for (const time of this.#infos.keys()) if (time < threshold) this.#infos.delete(time);
  }
}

const NONE: ReadonlyMap<number, StreamInputInfo> = new Map();
