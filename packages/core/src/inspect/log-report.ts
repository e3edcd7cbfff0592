import { existsSync, statSync } from 'node:fs';
import { decodeRecord } from '../checkpoint/layout.ts';
import { recoverLog } from '../log/recover.ts';
import { segmentNumbers, segmentPath } from '../log/segment-files.ts';
import type { BlockHeader } from '../receiver/received-log.ts';
import type { LogSummary } from './checkpoint-report.ts';

/** Segments are deleted while a job runs. */
const ATTEMPTS = 5;

/** What is in a write-ahead log; null if there is none. @throws MR_LOG_NEWER, MR_DECODE, and what the system says */
export function logSummary(dir: string): LogSummary | null {
  for (let attempt = 1; ; attempt++) {
    if (!existsSync(dir)) return null;
    try {
      return look(dir);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw e;
    }
  }
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
