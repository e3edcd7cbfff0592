import { existsSync, statSync } from 'node:fs';
import { decodeRecord } from '../checkpoint/layout.ts';
import { foreignLog, logJobPath, MISSING_LOG } from '../log/log-job.ts';
import { type LogDamage, recoverLog } from '../log/recover.ts';
import { segmentNumbers, segmentPath } from '../log/segment-files.ts';
import type { BlockHeader } from '../receiver/received-log.ts';
import type { LogSummary } from './checkpoint-report.ts';

/** Segments are deleted while a job runs. */
const ATTEMPTS = 5;

/** What a checkpoint knows of the log. */
export interface KnownLog {
  /** Whether what receivers store is in one. */
  readonly isOn: boolean;
  /** Its identity; null where an earlier version has begun the job, or there is no log. */
  readonly id: string | null;
  /** The newest segment that had a record; -1 if none had. */
  readonly newest: number;
}

/**
 * What is in a write-ahead log, and what should be; null if there is none, and need not be.
 * @throws MR_LOG_NEWER, MR_DECODE, and what the system says
 */
export function logSummary(dir: string, known: KnownLog): LogSummary | null {
  for (let attempt = 1; ; attempt++) {
    if (!existsSync(dir)) return known.isOn ? unseen(dir, MISSING_LOG) : null;
    if (!statSync(dir).isDirectory()) return unseen(dir, 'it is not a directory');
    try {
      const found = look(dir);
      return { ...found, damaged: [...missedBy(dir, known), ...found.damaged] };
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw e;
    }
  }
}

function unseen(dir: string, what: string): LogSummary {
  const damaged = [{ file: dir, offset: 0, what }];
  return { dir, segments: 0, bytes: 0, blocks: 0, records: 0, streams: [], torn: false, damaged };
}

/** What the checkpoint knows to have been in the log, and is not there. */
function missedBy(dir: string, { id, newest }: KnownLog): LogDamage[] {
  const foreign = id === null ? null : foreignLog(dir, id);
  if (foreign !== null && 'whose' in foreign)
    return [
      {
        file: dir,
        offset: 0,
        what: `it is that of the job ${foreign.whose.job} with the checkpoint ${foreign.whose.where}`,
      },
    ];
  if (foreign !== null) return [{ file: logJobPath(dir), offset: 0, what: foreign.missing }];
  if ((segmentNumbers(dir).at(-1) ?? -1) >= newest) return [];
  return [{ file: segmentPath(dir, newest), offset: 0, what: 'the file is missing, and so is what was in it' }];
}

function look(dir: string): LogSummary {
  const numbers = segmentNumbers(dir);
  const bytes = numbers.reduce((sum, number) => sum + statSync(segmentPath(dir, number)).size, 0);
  const streams = new Map<string, { name: string; blocks: number; records: number; bytes: number }>();
  const { report } = recoverLog(dir, 'skip', ({ header }) => {
    const { stream: name, numRecords, numBytes } = decodeRecord<BlockHeader>(header);
    let stream = streams.get(name);
    if (stream === undefined) {
      stream = { name, blocks: 0, records: 0, bytes: 0 };
      streams.set(name, stream);
    }
    stream.blocks += 1;
    stream.records += numRecords;
    stream.bytes += numBytes;
  });
  const all = [...streams.values()];
  return {
    dir,
    segments: numbers.length,
    bytes,
    blocks: report.records,
    records: all.reduce((sum, { records }) => sum + records, 0),
    streams: all,
    torn: report.torn.length > 0,
    damaged: report.damaged,
  };
}
