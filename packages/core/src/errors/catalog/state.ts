import { type Entry, show } from '../entry.ts';

/** Errors of keyed state and of windows that are kept up to date by subtraction. */
export const stateErrors = {
  MR_STATE_MISSING: {
    message: (p: { key: unknown }) => `state.get() was called for the key ${show(p.key)}, which has no state.`,
    help: 'Ask state.exists() first, or use state.getOption().',
    spark: 'NoSuchElementException',
  },
  MR_STATE_MISUSE: {
    message: (p: { action: string; reason: string }) => `state.${p.action}() is not possible here: ${p.reason}.`,
    help: 'Ask state.exists() and state.isTimingOut() before changing state.',
    spark: 'IllegalArgumentException',
  },
  MR_STATE_LOST: {
    message: (p: { operator: string; slot: number }) =>
      `The state of ${p.operator} that slot ${p.slot} kept in memory was lost with its worker, and there is nothing to rebuild it from.`,
    help: 'Start the job anew, with a `checkpoint`: without one state lives in memory only. Find out why the worker died (an exit, a crash, memory beyond its limits).',
    spark: 'SparkException',
  },
  MR_STATE_NAME: {
    message: (p: { name: string; operators: readonly string[] }) =>
      `The job has no operator with state of the name ${show(p.name)} that an output depends on; ${
        p.operators.length === 0 ? 'it has none at all' : `it has ${p.operators.map(show).join(', ')}`
      }.`,
    help: 'Give the operator a name, as in updateStateByKey(f, { name }), and use it here; explain() shows all names.',
    spark: 'NoSuchElementException',
  },
  MR_WINDOW_VALUE_MISSING: {
    message: (p: { operator: string; key: unknown }) =>
      `Neither previous window has value for key ${show(p.key)}, nor new values found, in ${p.operator}.`,
    help: 'Make the filter keep keys whose contributions are still in the window.',
    spark: 'SparkException',
  },
} as const satisfies Record<string, Entry>;
