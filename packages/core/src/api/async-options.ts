import { error } from '../errors/index.ts';
import { type Backoff, checkedBackoff } from '../schedule/backoff.ts';
import type { AsyncSettings } from '../task/async-map.ts';
import { Resource } from '../task/resources.ts';
import { checkBoolean, checkOptionNames, checkWhole } from './check-options.ts';
import type { Named } from './options.ts';
import { type Duration, durationMs } from './time.ts';

/** How many calls run at once, how long they may take, and how often they are tried. */
export interface AsyncOptions<C = undefined> extends Named {
  /** Calls at the same time in each partition; 16 unless given. */
  readonly concurrency?: number;
  /**
   * Results in the order of the records, unless false. A batch is complete before it goes on, so order costs nothing. With
   * false, results come in the order in which calls ended: what reads them must not care, for it is another order on each
   * run, on each backend and after a retry.
   */
  readonly ordered?: boolean;
  /** How long each attempt may take; a number is milliseconds. No limit unless given. */
  readonly timeout?: Duration | number;
  /** How often a record is tried again when its call has failed or took too long; 0 unless given. */
  readonly retries?: number;
  /** How long to wait before that. */
  readonly backoff?: Backoff;
  /** Opened once in each worker and given to each call as `client`. */
  readonly using?: Resource<C>;
}

/** The same where nothing has a name, in batches. */
export type AsyncRddOptions<C = undefined> = Omit<AsyncOptions<C>, 'name'>;

const OPTIONS = ['concurrency', 'ordered', 'timeout', 'retries', 'backoff', 'using'];

/** Checks the options of an operator that waits. @throws MR_OPTION, MR_DURATION */
export function asyncSettings<C>(
  operator: string,
  options: AsyncOptions<C>,
): { readonly settings: AsyncSettings; readonly using: Resource<unknown> | null } {
  checkOptionNames(operator, options, [...OPTIONS, 'name']);
  const { concurrency = 16, ordered = true, timeout, retries = 0, backoff, using } = options;
  if (backoff !== undefined) checkOptionNames(`${operator}: backoff`, backoff, ['initial', 'max']);
  const settings: AsyncSettings = {
    concurrency: checkWhole(`${operator}: concurrency`, concurrency, 1),
    ordered: checkBoolean(`${operator}: ordered`, ordered),
    timeoutMs: timeout === undefined ? null : durationMs(timeout, `${operator}: timeout`),
    retries: checkWhole(`${operator}: retries`, retries, 0),
    backoff: checkedBackoff(`${operator}: backoff`, backoff),
  };
  return { settings, using: checkedResource(operator, using) as Resource<unknown> | null };
}

/** Checks the option `using`. @throws MR_OPTION */
export function checkedResource<C>(operator: string, resource: Resource<C> | undefined): Resource<C> | null {
  if (resource !== undefined && !(resource instanceof Resource)) {
    throw error('MR_OPTION', {
      option: `${operator}: using`,
      value: resource,
      rule: 'must be what using(open, close) returns',
    });
  }
  return resource ?? null;
}
