import { realpathSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import { error } from '@millrace/core/connector';

/**
 * Refuses a job that finds another copy of `@millrace/core` than this command has, for example since the command is
 * installed globally: streams of one copy mean nothing to the other, and fail in ways that nobody understands.
 * @throws MR_TWO_CORES
 */
export function refuseOtherCore(job: URL): void {
  const ours = coreOf(import.meta.url);
  const theirs = coreOf(job.href);
  if (ours !== null && theirs !== null && ours !== theirs) throw error('MR_TWO_CORES', { ours, theirs });
}

function coreOf(from: string): string | null {
  try {
    const manifest = findPackageJSON('@millrace/core', from);
    return manifest === undefined ? null : dirname(realpathSync(manifest));
  } catch {
    // Not installed there: the import of the job says so in better words.
    return null;
  }
}
