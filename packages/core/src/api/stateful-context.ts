import type { ConvertState } from '../checkpoint/migrations.ts';
import { error } from '../errors/index.ts';
import { CommittedState } from './committed-state.ts';
import { ContextBase } from './context-base.ts';
import { type MigrateOptions, StateMigrations } from './state-migrations.ts';

/** What a context has to say of its job's state: reading it from the driver, and taking it over from an earlier program. */
export abstract class StatefulContext extends ContextBase {
  /** What `migrate` was told; for the engine. */
  readonly migrations = new StateMigrations();

  /**
   * The committed state of an operator (`updateStateByKey`, `mapWithState`, `dedupe`, a window with inverse), to be read by key
   * while the job runs. Give the operator a name of its own; on every backend, with and without checkpoints, and for jobs of `loadJob`.
   * May be asked for at any time; reading needs a job that runs.
   * @param name of the operator
   * @example
   * ```ts
   * const totals = ssc.state<string, number>('totals');
   * // in a request handler: await totals.get('ann')
   * ```
   */
  state<K = unknown, S = unknown>(name: string): CommittedState<K, S> {
    return new CommittedState<K, S>(name, () => {
      if (this.currentRun !== null) return this.currentRun.stateReads;
      const what = `Reading the state of ${name}`;
      throw error(this.life === 'STOPPED' ? 'MR_CONTEXT_STOPPED' : 'MR_NOT_INITIALIZED', { what });
    });
  }

  /**
   * Converts the state of an operator that a checkpoint has from an earlier program: other keys, other values, another operator,
   * other partitions, another name. Called when the program is built. At the start that finds the old state each key goes through
   * `convert` once, on the driver; keys go to the partitions that the operator has now, and timeouts go on. The new state and the
   * new program are written in one transaction before anything else happens: after a crash before it everything is as it was and
   * the next start converts again, after it nothing is converted again.
   *
   * So the line stays in the program: each `migrate` of an operator makes the next version of its state, in the order of the lines
   * (a state begins with version 1), and the checkpoint has the version written down. New checkpoints begin with the last one, and
   * without a checkpoint nothing is done. A program without the line is refused by a migrated checkpoint (MR_CHECKPOINT_DIFFERS), so
   * that an older one does no harm; `allow` with the operator's name accepts that, and counting begins anew.
   *
   * @param name of the operator in the program before
   * @param convert `(key, state) => [key, state]`, null to drop the key; synchronous. Null instead of a function: only the name or
   *   the partitions change. States of `dedupe` and windows can be renamed only
   * @param options `to`: the operator's new name. `version`: of the state that is made, when earlier lines were deleted
   * @throws MR_OPTION, MR_NOT_A_FUNCTION, MR_ASYNC_FUNCTION, MR_CONTEXT_ACTIVE; `start` then MR_MIGRATION_NAME if the program has no such
   *   operator, MR_MIGRATION_FAILED with the key whose conversion threw, gave no pair, the key of another, or what cannot be stored, MR_MIGRATION_REFUSED for
   *   windows. The checkpoint is untouched then
   * @example
   * ```ts
   * ssc.migrate('totals', (user: string, sum: number) => [user.toLowerCase(), { sum, count: 0 }]);
   * ssc.migrate('totals', null, { to: 'sums by user' });
   * pairs
   *   .updateStateByKey<string, number, { sum: number; count: number }>(
   *     (values, before) => {
   *       const { sum, count } = before ?? { sum: 0, count: 0 };
   *       return { sum: values.reduce((a, b) => a + b, sum), count: count + values.length };
   *     },
   *     { name: 'sums by user' },
   *   )
   *   .print();
   * ```
   */
  migrate<K, S>(
    name: string,
    convert: ((key: K, state: S) => readonly [key: unknown, state: unknown] | null) | null,
    options: MigrateOptions = {},
  ): void {
    this.refuseUnlessInitialized('migrate');
    this.migrations.add(name, convert as ConvertState | null, options);
  }
}
