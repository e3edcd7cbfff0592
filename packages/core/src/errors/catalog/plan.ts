import { type Entry, show } from '../entry.ts';

/** Errors found while a program is written down: operators, their parameters, and job modules. */
export const planErrors = {
  MR_ADAPTIVE_INTERVAL: {
    message: (p: { reason: string }) => `The batch interval cannot be adapted: ${p.reason}.`,
    help: 'Choose min, max and the batch interval so that some multiples of min divide every window and slide, or leave adaptiveBatchInterval out.',
    spark: 'IllegalArgumentException',
  },
  MR_DURATION: {
    message: (p: { name: string; value: unknown }) =>
      `${p.name} is ${show(p.value)}; a duration is a whole number of milliseconds, finite and greater than zero.`,
    help: 'Write it as milliseconds(200), seconds(1) or minutes(5).',
    spark: 'IllegalArgumentException',
  },
  MR_WINDOW_MULTIPLE: {
    message: (p: { operator: string; name: 'window' | 'slide'; value: number; parentSlide: number }) =>
      `The ${p.name} of ${p.operator} is ${p.value} ms; it must be a multiple of ${p.parentSlide} ms, the slide of the stream it is applied to.`,
    help: `Choose a multiple, or change the batch interval.`,
    spark: 'IllegalArgumentException',
  },
  MR_NO_OUTPUT: {
    message: () => 'No output operation is registered, so there is nothing to execute.',
    help: 'Call print, foreachRDD or foreachPartition on a stream before start().',
    spark: 'IllegalArgumentException',
  },
  MR_MIXED_CONTEXTS: {
    message: (p: { operator: string }) => `${p.operator} combines streams of different StreamingContexts.`,
    help: 'Create all streams that meet in an operator from the same context.',
    spark: 'IllegalArgumentException',
  },
  MR_SLIDE_MISMATCH: {
    message: (p: { operator: string; slides: readonly number[] }) =>
      `${p.operator} combines streams with different slides (${p.slides.map((s) => `${s} ms`).join(', ')}); they must be the same.`,
    help: 'Give the streams windows with the same slide before combining them.',
    spark: 'IllegalArgumentException',
  },
  MR_EMPTY_STREAMS: {
    message: (p: { operator: string }) => `${p.operator} was given an empty list of streams; it needs at least one.`,
    help: 'Pass the streams to combine.',
    spark: 'IllegalArgumentException',
  },
  MR_DUPLICATE_NAME: {
    message: (p: { name: string; first: string; second: string }) =>
      `The name ${show(p.name)} is given twice, to ${p.first} and to ${p.second}; names identify state in checkpoints and must be unique.`,
    help: 'Give one of them another name.',
    spark: 'IllegalArgumentException',
  },
  MR_REMEMBER_TWICE: {
    message: () => 'remember(duration) was called twice on one context; it can be set once.',
    help: 'Keep the call with the longer duration.',
    spark: 'IllegalArgumentException',
  },
  MR_NOT_A_FUNCTION: {
    message: (p: { operator: string; parameter: string; found: string }) =>
      `${p.operator} needs a function as ${p.parameter}, but was given ${p.found}.`,
    help: 'Pass the function itself, not the result of calling it.',
    spark: 'IllegalArgumentException',
  },
  MR_ASYNC_FUNCTION: {
    message: (p: { operator: string; found: string }) =>
      `The function of ${p.operator} is asynchronous (${p.found}); ${p.operator} runs record by record and does not wait.`,
    help: 'Use mapAsync or filterAsync, or do the waiting in foreachPartition or foreachRDD, whose functions may be async. What migrate() or a builder needs is waited for before.',
    spark: 'IllegalArgumentException',
  },
  MR_PARTITIONS: {
    message: (p: { name: string; value: unknown }) =>
      `${p.name} is ${show(p.value)}; a number of partitions is an integer of at least 1.`,
    help: 'Leave it out to use the default of the context.',
    spark: 'IllegalArgumentException',
  },
  MR_OPTION: {
    message: (p: { option: string; value: unknown; rule: string }) => `${p.option} is ${show(p.value)}; it ${p.rule}.`,
    help: 'Correct the value or leave the option out.',
    spark: 'IllegalArgumentException',
  },
  MR_INLINE_JOB: {
    message: (p: { backend: string; operators: readonly string[] }) =>
      `The backend ${p.backend} runs tasks in other threads or processes, where the functions of this context (${p.operators.join(', ')}) do not exist.`,
    help: 'Move the program into a module with `export default defineJob({ name, batchInterval }, (ssc) => ...)` and start it with loadJob(url), or use the single backend.',
  },
  MR_NOT_A_JOB: {
    message: (p: { url: string; found: string }) =>
      `The module ${p.url} does not export a job as default, but ${p.found}.`,
    help: 'End the module with `export default defineJob({ name, batchInterval }, (ssc, params) => ...)`.',
    spark: 'IllegalArgumentException',
  },
  MR_TWO_CORES: {
    message: (p: { ours: string; theirs: string }) =>
      `The job finds @millrace/core in ${p.theirs}, but the millrace command has its own in ${p.ours}; streams of one mean nothing to the other.`,
    help: 'Install @millrace/cli in the project of the job, in the same version, and start it there with npx millrace.',
  },
  MR_PLAN_DIFFERS: {
    message: (p: { url: string; difference: string }) =>
      `The job module ${p.url} built another plan in a worker than on the driver: ${p.difference}.`,
    help: 'Build the streams from the params alone; do not look at the time, the environment, the thread or random numbers.',
    spark: 'IllegalStateException',
  },
} as const satisfies Record<string, Entry>;
