import { Resource } from '../task/resources.ts';
import { checkAnyFunction } from './check-function.ts';
import { checkOptionNames } from './check-options.ts';

/**
 * A resource that is opened once in each worker, when the first task there needs it, and closed when the job stops: the
 * way to give `mapAsync`, `filterAsync`, `foreachPartition` and sinks a client or a pool.
 *
 * Call it where the plan is built, or at the top of the module; what is open belongs to the worker and the job. An `open`
 * that fails fails the task that asked, and the next task tries again. An error in `close` is a warning, and so is a
 * `close` that takes longer than 10 s. A worker that dies takes what it had open with it.
 *
 * @param open runs in the worker; it may be async
 * @param close gets what `open` gave
 * @param options `name`: what errors and `explain` call it
 * @throws MR_NOT_A_FUNCTION, MR_OPTION
 * @example
 * ```ts
 * const names = using(() => new Map([['a', 'Anna'], ['b', 'Ben']]), (map) => map.clear(), { name: 'names' });
 * const named = words.mapAsync((word, { client }) => client.get(word) ?? word, { using: names });
 * ```
 */
export function using<C>(
  open: () => C | Promise<C>,
  close?: (client: C) => unknown,
  options: { readonly name?: string } = {},
): Resource<C> {
  checkAnyFunction('using', 'open', open);
  if (close !== undefined) checkAnyFunction('using', 'close', close);
  checkOptionNames('using', options, ['name']);
  return new Resource<C>(options.name ?? (open.name || 'resource'), open, close ?? null);
}
