import { type Entry, show } from '../entry.ts';

/** Errors of a context's life, of batches, tasks and workers. */
export const runErrors = {
  MR_CONTEXT_ACTIVE: {
    message: (p: { what: string }) => `${p.what} is not possible after the context was started.`,
    help: 'Do it before start(); a running program cannot be changed.',
    spark: 'IllegalStateException',
  },
  MR_CONTEXT_STOPPED: {
    message: (p: { what: string }) => `${p.what} is not possible after the context was stopped.`,
    help: 'Create a new StreamingContext; a stopped one cannot be used again.',
    spark: 'IllegalStateException',
  },
  MR_NOT_INITIALIZED: {
    message: (p: { what: string }) =>
      `${p.what} has not been initialized: it needs a context that was started and not stopped.`,
    help: 'Call it after start() and before stop().',
    spark: 'SparkException',
  },
  MR_STOP_IN_LISTENER: {
    message: () => 'stop() was called from inside a listener, which it would have to wait for: a deadlock.',
    help: 'Let the listener return and stop the context from elsewhere, for example with queueMicrotask.',
    spark: 'SparkException',
  },
  MR_NO_BATCH: {
    message: (p: { operator: string; time: number; input: string }) =>
      `${p.operator} needs a batch of ${p.input} at ${p.time} ms, but that stream has none for this time.`,
    help: 'Let the stream yield an empty batch instead of no batch.',
    spark: 'SparkException',
  },
  MR_INPUT_INFO: {
    message: (p: { reason: string }) => `The report of a batch's input is refused: ${p.reason}.`,
    help: 'A source reports each batch once, with the number of records it hands over.',
    spark: 'IllegalStateException',
  },
  MR_SOURCE_FAILED: {
    message: (p: { source: string; reason: string }) => `The source ${p.source} failed: ${p.reason}.`,
    help: 'See `cause` for the first error where there is one. What batches got before it stays with them.',
    spark: 'SparkException',
  },
  MR_RECEIVER_STATE: {
    message: (p: { what: string; state: string }) => `The receiver cannot ${p.what}: it is ${p.state}.`,
    help: 'Store between onStart and the end of the job; make connections in onStart and end them in onStop.',
    spark: 'SparkException',
  },
  MR_RECEIVER_FULL: {
    message: (p: { stream: number; records: number; bytes: number }) =>
      `The receiver of input stream ${p.stream} stores although ${p.records} records (${p.bytes} bytes) wait, twice what is allowed.`,
    help: 'Let the receiver await whenRoom() or look at hasRoom before it takes more, or raise maxBufferedRecords and maxBufferedBytes.',
    spark: 'SparkException',
  },
  MR_RECEIVER_LOST: {
    message: (p: { stream: string }) => `The worker in which the receiver of ${p.stream} ran is gone.`,
    help: 'It is started again after the restart delay. What was not acknowledged has to come again from its sender.',
    spark: 'SparkException',
  },
  MR_SINK_FAILED: {
    message: (p: { sink: string; reason: string }) => `The sink ${p.sink} failed: ${p.reason}.`,
    help: 'The batch has failed; see `cause` for the first error where there is one. Mend the sink, or let it retry.',
    spark: 'SparkException',
  },
  MR_SINK_LAYOUT: {
    message: (p: { sink: string; time: number; known: number; found: number }) =>
      `The sink ${p.sink} holds the batch of ${p.time} ms in ${p.known} partitions, but this run has it in ${p.found}: written again, rows would be missing or there twice.`,
    help: 'Run the batch with the partitions it had before, or delete its rows and its receipts at the outside and run it again.',
  },
  MR_ASYNC_TIMEOUT: {
    message: (p: { operator: string; timeoutMs: number; attempt: number }) =>
      `A call of the function of ${p.operator} took longer than its timeout of ${p.timeoutMs} ms, in attempt ${p.attempt}.`,
    help: 'Raise `timeout` or `retries`, lower `concurrency` if the other side is overloaded, and give the signal to what waits, so that it ends.',
    spark: 'SparkException',
  },
  MR_MISSING_PACKAGE: {
    message: (p: { feature: string; package: string }) =>
      `${p.feature} needs the package ${p.package}, which is not installed.`,
    help: 'Install it beside Millrace with npm install and the name in the message; it is optional, so nothing else needs it.',
  },
  MR_UNSAFE_LISTEN: {
    message: (p: { what: string; host: string }) =>
      `${p.what} would listen on ${p.host}, where others can reach it, without asking them who they are.`,
    help: 'Give `auth`, listen on 127.0.0.1, or say `insecure: true` if the network is closed.',
    spark: 'IllegalArgumentException',
  },
  MR_LISTEN: {
    message: (p: { what: string; address: string; reason: string }) =>
      `${p.what} cannot listen on ${p.address}: ${p.reason}.`,
    help: 'Choose another port (0 takes a free one) or stop the program that holds it.',
  },
  MR_BAD_RECORD: {
    message: (p: { source: string; where: string; reason: string }) =>
      `${p.source} got a record that cannot be read, ${p.where}: ${p.reason}.`,
    help: 'Mend the data, or choose what happens to bad records with the option that the docs of the source name.',
    spark: 'SparkException',
  },
  MR_NOT_ITERABLE: {
    message: (p: { operator: string; found: string }) =>
      `The function of ${p.operator} must return an iterable, but returned ${p.found}.`,
    help: 'Return an array or a generator; return [] for nothing.',
  },
  MR_ACTION_IN_TRANSFORM: {
    message: (p: { action: string; operator: string }) =>
      `${p.action} was called inside the function of ${p.operator}, which only describes a computation and cannot run one.`,
    help: 'Run actions in foreachRDD, or express the value with broadcast or a driver decision such as sortBy or zipWithIndex.',
    spark: 'IllegalStateException',
  },
  MR_TRANSFORM_RESULT: {
    message: (p: { operator: string; found: string }) =>
      `The function of ${p.operator} must return an RDD, but returned ${p.found}.`,
    help: 'Return an RDD; for a batch without records return ssc.parallelize([]).',
    spark: 'SparkException',
  },
  MR_TRANSFORM_DIFFERS: {
    message: (p: { operator: string; reason: string }) =>
      `The function of ${p.operator} built another lineage in a worker than on the driver: ${p.reason}.`,
    help: 'Let it depend on its arguments, the params and broadcast values alone.',
    spark: 'IllegalStateException',
  },
  MR_TASK_FAILED: {
    message: (p: { operator: string; batchTime: number; partition: number; attempt: number; reason: string }) =>
      `A task of ${p.operator} failed in the batch of ${p.batchTime} ms, partition ${p.partition}, attempt ${p.attempt}: ${p.reason}.`,
    help: 'See `cause` for the error and the stack of the function that failed.',
    spark: 'SparkException',
  },
  MR_TASK_TIMEOUT: {
    message: (p: { operator: string; batchTime: number; partition: number; attempt: number; timeoutMs: number }) =>
      `A task of ${p.operator} in the batch of ${p.batchTime} ms, partition ${p.partition}, attempt ${p.attempt}, ran longer than the taskTimeout of ${p.timeoutMs} ms.`,
    help: 'Look for a loop without an end or a call without a timeout; raise taskTimeout if the work takes that long, or maxTaskFailures to try again.',
    spark: 'SparkException',
  },
  MR_WORKER_LOST: {
    message: (p: { slot: number; reason: string; attempts: number }) =>
      `The worker of slot ${p.slot} was lost (${p.reason}) and its tasks failed ${p.attempts} times.`,
    help: 'Look for an exit, a crash of a native addon, or memory beyond resourceLimits in the worker.',
    spark: 'SparkException',
  },
  MR_CODE_GENERATION: {
    message: (p: { reason: string }) =>
      `Loops cannot be compiled: this process forbids making code from text (${p.reason}).`,
    help: 'Start Node without --disallow-code-generation-from-strings; nothing of yours ever goes into the text.',
    spark: 'SparkException',
  },
  MR_BACKEND_STOPPED: {
    message: (p: { backend: string }) => `The backend ${p.backend} has been stopped and accepts no more work.`,
    help: 'Create a new backend for a new context.',
    spark: 'IllegalStateException',
  },
  MR_BROADCAST_OUTSIDE: {
    message: (p: { name: string }) =>
      `The broadcast ${show(p.name)} was used in a worker outside of a task; only the driver makes and updates its values.`,
    help: 'Read it inside the functions of operators, transform or foreachRDD, and update it on the driver.',
    spark: 'IllegalStateException',
  },
  MR_LETTERS: {
    message: (p: { file: string; line: number | null; what: string }) =>
      `${p.file}${p.line === null ? '' : `, line ${p.line},`} cannot be replayed: ${p.what}.`,
    help: 'Give a file that deadLetterFile() has written, the directory of a batch (letters-TIME), or the directory that deadLetterFile() got.',
  },
  MR_LETTERS_REPLAYED: {
    message: (p: { directories: readonly { readonly directory: string; readonly left: string | null }[] }) =>
      `These letters were replayed before:\n${p.directories
        .map(
          ({ directory, left }) =>
            `  ${directory}, ${left === null ? 'all went through' : `some failed again, in ${left}`}`,
        )
        .join('\n')}.`,
    help: 'Replay what is left. With --again all of them are replayed, and sinks with receipts skip what they have: for other outputs than before, or for files.',
  },
  MR_REPLAY_OPERATOR: {
    message: (p: { operators: readonly string[]; known: readonly string[] }) =>
      `The letters are of operators that the job has not: ${p.operators.join(', ')}. It has ${p.known.join(', ')}.`,
    help: 'Replay with the job that wrote them, mended. Give operators names of their own, so that adding one does not rename others.',
  },
  MR_REPLAY_OUTPUT: {
    message: (p: { output: string; outputs: readonly string[] }) =>
      `The output ${show(p.output)} is not behind an operator of the letters; ${
        p.outputs.length === 0 ? 'no output is' : `these are: ${p.outputs.join(', ')}`
      }.`,
    help: 'Name one of these outputs, or none for all of them.',
  },
  MR_REPLAY_REFUSED: {
    message: (p: { refused: readonly { readonly name: string; readonly kind: string; readonly why: string }[] }) =>
      `What these operators gave in a replay would be wrong:\n${p.refused
        .map(({ name, kind, why }) => `  ${name} (${kind}): ${why}`)
        .join('\n')}.`,
    help: 'Choose outputs that do not depend on them (--output). Else give the records to a source of the job that runs: state and windows take them in with its next batch. Where results over a whole batch are added up by whoever reads them, --partial lets them be of the letters alone.',
  },
  MR_DEAD_LETTERS: {
    message: (p: { operator: string; limit: number; partition: number }) =>
      `More than ${p.limit} records failed in ${p.operator}, in partition ${p.partition} of one batch; no more are kept as dead letters.`,
    help: 'Look at the cause: so many failures are rarely the fault of records. Else raise maxPerPartition of deadLetter().',
  },
} as const satisfies Record<string, Entry>;
