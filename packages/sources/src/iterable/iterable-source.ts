import type { Readable } from 'node:stream';
import type { Clock } from '@millrace/core';
import { error } from '@millrace/core/backend';
import { AsyncPuller } from '../intake/async-puller.ts';
import { LinesPuller } from '../intake/lines-puller.ts';
import type { Puller } from '../intake/puller.ts';
import { SyncPuller } from '../intake/sync-puller.ts';

/** What can be iterated: an array, a generator, an async generator, a Readable, a web stream, … */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Something to iterate, or a function that gives it when the job starts. After a restart from a checkpoint the function is
 * told how many records earlier batches have got; else 0.
 */
export type IterableSource<T> = AnyIterable<T> | ((taken: number) => AnyIterable<T>);

/**
 * Checks what `iterableStream` was given, where it is written down.
 * @throws MR_OPTION unless it can be iterated or called; a text cannot, since who gives one means what it names
 */
export function checkSource(source: unknown): void {
  if (typeof source !== 'function' && !isIterable(source)) {
    throw error('MR_OPTION', {
      option: 'iterableStream: source',
      value: source,
      rule: 'must be an iterable, an async iterable, a Readable, or a function that returns one',
    });
  }
}

/**
 * The puller for a source, which begins to be iterated with this.
 * @param taken records that an earlier run had: an array goes on behind them, a function is told
 * @throws TypeError when a function gives nothing that can be iterated, and what the function throws
 */
export function openSource<T>(
  source: IterableSource<T>,
  clock: Clock,
  maxLineLength: number,
  taken: number = 0,
): Puller<T> {
  const iterable =
    typeof source === 'function' ? source(taken) : taken > 0 && Array.isArray(source) ? source.slice(taken) : source;
  if (!isIterable(iterable)) {
    const what = typeof iterable === 'string' ? 'a text' : String(iterable);
    throw new TypeError(`the function given to iterableStream returned ${what}, which cannot be iterated`);
  }
  if (isReadable(iterable)) {
    if (!iterable.readableObjectMode) return new LinesPuller(iterable, maxLineLength) as Puller<unknown> as Puller<T>;
    return new AsyncPuller<T>(iterable[Symbol.asyncIterator](), () => iterable.destroy());
  }
  if (Symbol.asyncIterator in iterable) return new AsyncPuller(iterable[Symbol.asyncIterator]());
  return new SyncPuller(iterable[Symbol.iterator](), clock);
}

function isIterable(value: unknown): value is AnyIterable<unknown> {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

/** By shape, so that the streams of other packages and realms count. */
function isReadable(value: object): value is Readable {
  if (!(Symbol.asyncIterator in value)) return false;
  const { pipe, destroy, readableObjectMode } = value as Partial<Readable>;
  return typeof pipe === 'function' && typeof destroy === 'function' && typeof readableObjectMode === 'boolean';
}
