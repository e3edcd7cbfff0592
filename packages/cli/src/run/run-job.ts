import { type ExecutionBackend, loadJob, SystemClock } from '@millrace/core';
import { ExitCode } from '../exit-code.ts';
import { type HealthServer, serveHealth } from '../health/health-server.ts';
import type { RunLog, StopReason } from '../log/events.ts';
import { JobRun } from './job-run.ts';
import { makeBackend, makeLog } from './make.ts';
import { NoSuchStream, printableStreams, printStreams } from './print-streams.ts';
import { listenToProcess } from './process-events.ts';
import { refuseOtherCore } from './same-core.ts';
import type { RunSettings } from './settings.ts';

/**
 * Runs a job until it stops itself, is stopped by a signal, or fails. Everything that happens goes to the log, which is on
 * standard error; standard output is the job's.
 * @throws NoSuchStream before anything was started
 */
export async function runJob(settings: RunSettings): Promise<ExitCode> {
  const clock = new SystemClock();
  const log = makeLog(settings, clock);
  const run = new JobRun(log, settings.maxBatches);
  const { gracefulTimeout } = settings;
  const gracefully = { graceful: true, ...(gracefulTimeout === undefined ? {} : { timeout: gracefulTimeout }) };
  const leave = (exitCode: ExitCode): never => process.exit(exitCode);
  using _ = listenToProcess(clock, {
    // Before there is a job nothing can be done in order.
    stop: (reason) => (run.canStop ? run.stop(reason, gracefully) : leave(atOnceBy(reason))),
    stopAtOnce: (signal) => leave(atOnceBy(signal)),
    warning: (message) => log.warning(message),
    uncaught: (error) => {
      log.error(error);
      leave(ExitCode.failed);
    },
    exit: (exitCode) => log.stopped({ ...run.totals, exitCode }),
  });
  const exitCode = (await succeeds(settings, log, run)) ? ExitCode.ok : ExitCode.failed;
  // Warnings, and errors of pipes, come with the next turn of the event loop.
  await clock.breathe();
  log.stopped({ ...run.totals, exitCode });
  return exitCode;
}

/** Loads and runs the job; false if anything failed, which is then in the log. @throws NoSuchStream */
async function succeeds(settings: RunSettings, log: RunLog, run: JobRun): Promise<boolean> {
  const { module, batchInterval, params } = settings;
  let backend: ExecutionBackend | null = null;
  let probes: HealthServer | null = null;
  try {
    // Before the job is loaded, which may take a while: it is alive by then, and not ready.
    if (settings.health !== undefined) {
      probes = await serveHealth(settings.health, () => run.health);
      log.healthAt(probes.url);
    }
    refuseOtherCore(module);
    backend = makeBackend(settings);
    const { ssc, streams } = await loadJob(module, {
      ...settings.context,
      ...(batchInterval === undefined ? {} : { batchInterval }),
      backend,
      params,
      warn: (message) => log.warning(message),
    });
    printStreams(ssc, streams, settings.print);
    const names = [...printableStreams(ssc, streams).keys()];
    const about = { job: ssc.name, module: module.href, backend: backend.name };
    try {
      return await run.untilTheEnd(ssc, about);
    } finally {
      if (ssc.plan.outputs.length === 0 && names.length > 0)
        log.warning(`--print NAME prints a stream of the job: ${names.join(', ')}`);
    }
  } catch (e) {
    if (e instanceof NoSuchStream) throw e;
    log.error(e);
    return false;
  } finally {
    await backend?.stop();
    await probes?.close();
  }
}

/** How the process ends when it does so without an end of the job. */
function atOnceBy(reason: StopReason): ExitCode {
  return reason === 'SIGTERM' ? ExitCode.terminated : ExitCode.atOnce;
}
