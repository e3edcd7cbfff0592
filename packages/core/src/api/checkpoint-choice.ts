import { resolve } from 'node:path';
import { error } from '../errors/index.ts';
import { checkpointSetting } from './checkpoint-setting.ts';
import type { CheckpointOptions, CheckpointPlace, CheckpointSetting, WriteAheadLogOptions } from './context-options.ts';

/**
 * Where and how a job keeps checkpoints. It can be said by the option of a context, which `millrace run --checkpoint` sets, by
 * `ssc.checkpoint()` and by `getOrCreate`, and in several of these: they complete each other and may not contradict.
 */
export class CheckpointChoice {
  readonly #warn: (message: string) => void;
  #place: CheckpointPlace | null = null;
  #options: CheckpointOptions = {};
  #setting: CheckpointSetting | null = null;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Null: it keeps none. */
  get setting(): CheckpointSetting | null {
    return this.#setting;
  }

  /** Something more is said. @throws MR_OPTION, MR_DURATION, MR_CHECKPOINT_TWICE */
  add(place: CheckpointPlace, options: CheckpointOptions): void {
    // By itself it has to be right as well.
    checkpointSetting(place, options, this.#warn);
    if (this.#place !== null && !isSamePlace(this.#place, place))
      throw contradiction('the place', nameOf(this.#place), nameOf(place));
    const all = this.#place === null ? options : mergedOptions(this.#options, options);
    this.#place ??= place;
    this.#options = all;
    this.#setting = checkpointSetting(this.#place, all, this.#warn);
  }

  /** What the option `checkpoint` of a context says. Throws like `add`. */
  addOption(given: CheckpointPlace | (CheckpointOptions & { readonly store: CheckpointPlace })): void {
    if (typeof given !== 'object' || given === null || 'write' in given) {
      this.add(given as CheckpointPlace, {});
      return;
    }
    const { store, ...options } = given;
    this.add(store, options);
  }
}

function isSamePlace(a: CheckpointPlace, b: CheckpointPlace): boolean {
  return typeof a === 'string' && typeof b === 'string' ? resolve(a) === resolve(b) : a === b;
}

function nameOf(place: CheckpointPlace): string {
  return typeof place === 'string' ? place : `the store ${place.where}`;
}

function mergedOptions(before: CheckpointOptions, now: CheckpointOptions): CheckpointOptions {
  const { allow: allowed = [], writeAheadLog: log, ...rest } = before;
  const { allow = [], writeAheadLog, ...others } = now;
  return {
    ...merged('', rest, others),
    allow: [...new Set([...allowed, ...allow])],
    ...(log === undefined && writeAheadLog === undefined ? {} : { writeAheadLog: mergedLogs(log, writeAheadLog) }),
  };
}

function mergedLogs(
  before: false | WriteAheadLogOptions | undefined,
  now: false | WriteAheadLogOptions | undefined,
): false | WriteAheadLogOptions {
  if (before === undefined || now === undefined) return before ?? now ?? {};
  if (before !== false && now !== false) return merged('writeAheadLog.', before, now);
  if (before === now) return false;
  throw contradiction('writeAheadLog', before === false ? 'off' : 'on', now === false ? 'off' : 'on');
}

function merged<O extends object>(owner: string, before: O, now: O): O {
  const all = { ...before } as Record<string, unknown>;
  for (const [option, value] of Object.entries(now)) {
    if (value === undefined) continue;
    const known = all[option];
    if (known !== undefined && plain(known) !== plain(value))
      throw contradiction(`${owner}${option}`, plain(known), plain(value));
    all[option] = value;
  }
  return all as O;
}

/** Durations are the same where they are as long. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'milliseconds' in value
    ? `${(value as { milliseconds: unknown }).milliseconds} ms`
    : value;
}

function contradiction(what: string, first: unknown, second: unknown): Error {
  return error('MR_CHECKPOINT_TWICE', { what, first, second });
}
