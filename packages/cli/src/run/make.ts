import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { Clock, ExecutionBackend } from '@millrace/core';
import type { RunLog } from '../log/events.ts';
import { JsonLog } from '../log/json-log.ts';
import { TextLog } from '../log/text-log.ts';
import type { JobSettings } from './settings.ts';

/** The backend that a command was told to use. */
export function makeBackend({ backend, workers }: JobSettings): ExecutionBackend {
  if (backend === 'single') return single();
  return threads(workers === undefined ? {} : { workers });
}

/** The log that a command was told to write, on standard error. */
export function makeLog({ log, verbose, quiet }: JobSettings, clock: Clock): RunLog {
  const write = (text: string) => void process.stderr.write(text);
  return log === 'json' ? new JsonLog({ write, clock, verbose, quiet }) : new TextLog({ write, verbose, quiet });
}
