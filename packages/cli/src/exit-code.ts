/** How the command ends, for shells and supervisors. Documented in the README: part of the interface. */
export const ExitCode = {
  /** The job was stopped and everything went well. */
  ok: 0,
  /** The job, or a batch of it, failed; or it could not be loaded or started. */
  failed: 1,
  /** The command line is wrong; nothing was started. */
  usage: 2,
  /** A second signal, Ctrl-C, ended the job at once, or the first one came before the job was there. */
  atOnce: 130,
  /** The same by SIGTERM. */
  terminated: 143,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
