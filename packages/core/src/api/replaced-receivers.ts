import type { Found, JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import type { LogPosition } from '../log/read-record.ts';
import type { ReceivedLog } from '../receiver/received-log.ts';

/**
 * Leaves out what the log has of receivers whose name is another source's now. A receiver that has such a name begins behind it,
 * which is written down with the last batch: batches may have had what is there.
 * @returns what was found, with that
 */
export async function dropReplaced(
  found: Found,
  log: ReceivedLog,
  job: JobCheckpoint,
  warn: (message: string) => void,
): Promise<Found> {
  const behind: (readonly [stream: string, position: LogPosition])[] = [];
  for (const { name, progress } of found.replaced) {
    const { records, last } = log.drop(name, progress);
    if (last === null) continue;
    behind.push([name, last]);
    warn(`The log has ${records} records of an earlier receiver of ${name}; what no batch has had of them is dropped.`);
  }
  const batch = found.batches.at(-1);
  if (behind.length === 0 || batch === undefined) return found;
  const moved = {
    ...batch,
    progress: [...batch.progress.filter(([name]) => !behind.some(([b]) => b === name)), ...behind],
  };
  await job.rewrite(moved);
  return { ...found, batches: [...found.batches.slice(0, -1), moved] };
}
