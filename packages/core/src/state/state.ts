import { error } from '../errors/index.ts';

/**
 * The handle on a key's state inside the function of `mapWithState`. Valid during the call only.
 *
 * Semantics: Spark's `State` (R40–R44). `get` without state, `update` or `remove` after `remove`, and either of them while
 * the key is timing out are errors.
 *
 * @example
 * ```ts
 * const count = (key: string, value: number | null, state: State<number>) => {
 *   const sum = (value ?? 0) + (state.getOption() ?? 0);
 *   state.update(sum);
 *   return [key, sum] as const;
 * };
 * ```
 */
export interface State<S> {
  /** True if the key has state. */
  exists(): boolean;
  /** The state. @throws MR_STATE_MISSING if there is none */
  get(): S;
  /** The state, or null if there is none. */
  getOption(): S | null;
  /** Sets the state. @throws MR_STATE_MISUSE after `remove` or while timing out, or for undefined */
  update(state: S): void;
  /** Removes the state; allowed where there is none. @throws MR_STATE_MISUSE after `remove` or while timing out */
  remove(): void;
  /** True in the one call that a key gets when it has been idle for longer than the timeout. */
  isTimingOut(): boolean;
}

/** The engine's side of the handle: one object for each partition, wrapped around key after key. */
export class StateHandle implements State<unknown> {
  key: unknown = undefined;
  value: unknown = undefined;
  defined = false;
  updated = false;
  removed = false;
  timingOut = false;

  /** Around a key's state, or none. */
  wrap(key: unknown, defined: boolean, value: unknown): void {
    this.key = key;
    this.value = value;
    this.defined = defined;
    this.updated = false;
    this.removed = false;
    this.timingOut = false;
  }

  /** Around the state of a key that expires with this call. */
  wrapTimingOut(key: unknown, value: unknown): void {
    this.wrap(key, true, value);
    this.timingOut = true;
  }

  exists(): boolean {
    return this.defined;
  }

  get(): unknown {
    if (!this.defined) throw error('MR_STATE_MISSING', { key: this.key });
    return this.value;
  }

  getOption(): unknown {
    return this.defined ? this.value : null;
  }

  update(state: unknown): void {
    this.#refuse('update');
    if (state === undefined) {
      throw error('MR_STATE_MISUSE', {
        action: 'update',
        reason: 'the new state is undefined; use remove() to drop a key',
      });
    }
    this.value = state;
    this.defined = true;
    this.updated = true;
  }

  remove(): void {
    this.#refuse('remove');
    this.value = undefined;
    this.defined = false;
    this.updated = false;
    this.removed = true;
  }

  isTimingOut(): boolean {
    return this.timingOut;
  }

  #refuse(action: string): void {
    if (this.removed) throw error('MR_STATE_MISUSE', { action, reason: 'the state was removed in this call' });
    if (this.timingOut) throw error('MR_STATE_MISUSE', { action, reason: 'the key is timing out' });
  }
}
