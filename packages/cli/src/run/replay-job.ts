import {
  type ExecutionBackend,
  type Letters,
  loadJob,
  markReplayed,
  readLetters,
  replayLetters,
  type StreamingContext,
  SystemClock,
} from '@millrace/core';
import { error } from '@millrace/core/connector';
import { ExitCode } from '../exit-code.ts';
import type { ReplayTotals, RunLog, StopReason } from '../log/events.ts';
import { BatchReporter } from './batch-reporter.ts';
import { letterWarnings } from './letter-warnings.ts';
import { makeBackend, makeLog } from './make.ts';
import { listenToProcess } from './process-events.ts';
import { refuseOtherCore } from './same-core.ts';
import type { ReplaySettings } from './settings.ts';

/**
 * Replays dead letters through a job. Everything that happens goes to the log, on standard error, with a summary at its end.
 * @throws MR_REPLAY_OUTPUT, MR_LETTERS and MR_LETTERS_REPLAYED, before anything was started
 */
export async function replayJob(settings: ReplaySettings): Promise<ExitCode> {
  const clock = new SystemClock();
  const log = makeLog(settings, clock);
  const { again } = settings;
  const found = await readLetters(settings.letters, {
    again,
    ...(settings.outputs === null ? {} : { outputs: settings.outputs }),
  });
  const { letters, withoutRecord, replayed: before } = found;
  const instead = before.filter(({ followed }) => !followed);
  if (instead.length > 0 && !again) throw error('MR_LETTERS_REPLAYED', { directories: instead });
  for (const warning of letterWarnings(found)) log.warning(warning);
  const totals = { letters: letters.length + withoutRecord, replayed: 0, failedAgain: 0, withoutRecord };
  let ssc: StreamingContext | null = null;
  const leave = (exitCode: ExitCode): never => process.exit(exitCode);
  using _ = listenToProcess(clock, {
    // What was replayed by then is; the same letters can be replayed again.
    stop: (reason) => {
      if (ssc === null) leave(atOnceBy(reason));
      log.stopping(reason, false);
      ssc?.stop({ stopBackend: false }).catch(() => {});
    },
    stopAtOnce: (signal) => leave(atOnceBy(signal)),
    warning: (message) => log.warning(message),
    uncaught: (error) => {
      log.error(error);
      leave(ExitCode.failed);
    },
    exit: () => {},
  });
  const loaded = (context: StreamingContext) => {
    ssc = context;
    for (const job of new Set(letters.map((letter) => letter.job)))
      if (job !== context.name) log.warning(`The letters are of the job ${job}; this one is ${context.name}.`);
  };
  const end = letters.length === 0 ? { ...totals, ok: true } : await replayed(settings, log, found, totals, loaded);
  await clock.breathe();
  const { ok, ...sums } = end;
  const all = ok && sums.failedAgain === 0 && sums.replayed === sums.letters;
  const exitCode = all ? ExitCode.ok : ExitCode.failed;
  log.replayed({ ...sums, exitCode });
  return exitCode;
}

type Sums = Omit<ReplayTotals, 'exitCode'>;

async function replayed(
  settings: ReplaySettings,
  log: RunLog,
  found: Letters,
  totals: Sums,
  loaded: (ssc: StreamingContext) => void,
): Promise<Sums & { readonly ok: boolean }> {
  const { module, batchInterval, params, outputs, partial } = settings;
  let backend: ExecutionBackend | null = null;
  try {
    refuseOtherCore(module);
    backend = makeBackend(settings);
    const { ssc } = await loadJob(module, {
      ...settings.context,
      ...(batchInterval === undefined ? {} : { batchInterval }),
      backend,
      params,
      warn: (message) => log.warning(message),
    });
    loaded(ssc);
    ssc.addStreamingListener(new BatchReporter(log, () => {}));
    const { replayed, failedAgain, times, failure } = await replayLetters(ssc, found.letters, {
      ...(outputs === null ? {} : { outputs }),
      partial,
    });
    if (failure !== null) log.error(failure);
    await markReplayed(found, times, outputs).catch((e: unknown) =>
      log.warning(`It could not be written down which letters were replayed, so they can be once more: ${String(e)}`),
    );
    return { ...totals, replayed, failedAgain, ok: failure === null };
  } catch (e) {
    if (isWrongOutput(e)) throw e;
    log.error(e);
    return { ...totals, ok: false };
  } finally {
    await backend?.stop();
  }
}

function isWrongOutput(e: unknown): boolean {
  return (e as { code?: unknown } | null)?.code === 'MR_REPLAY_OUTPUT';
}

/** How the process ends when it does so without an end of the replay. */
function atOnceBy(reason: StopReason): ExitCode {
  return reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.atOnce;
}
