import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Sent } from './feeds.ts';

/** What a sink has, against what was sent. */
export interface SinkVerdict {
  readonly records: number;
  /** Safe, and not there. */
  readonly lost: readonly string[];
  /** There more than once. */
  readonly repeated: readonly string[];
  /** There, and never sent. */
  readonly strange: readonly string[];
}

function verdict(counts: ReadonlyMap<string, number>, { acknowledged, unanswered, inFiles }: Sent): SinkVerdict {
  const known = new Set([...acknowledged, ...unanswered, ...inFiles]);
  return {
    records: counts.size,
    lost: [...acknowledged, ...inFiles].filter((record) => !counts.has(record)),
    repeated: [...counts].filter(([, n]) => n > 1).map(([record]) => record),
    strange: [...counts.keys()].filter((record) => !known.has(record)),
  };
}

function countLines(counts: Map<string, number>, text: string): void {
  for (const line of text.split('\n')) if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
}

/** Directories of batches. One without its mark is of a batch that was being written. */
export function judgeFiles(prefix: string, sent: Sent): SinkVerdict {
  const counts = new Map<string, number>();
  const parent = dirname(prefix);
  for (const batch of readdirSync(parent)) {
    const files = readdirSync(join(parent, batch));
    if (!files.includes('_SUCCESS')) continue;
    for (const name of files.filter((f) => f.startsWith('part-')))
      countLines(counts, readFileSync(join(parent, batch, name), 'utf8'));
  }
  return verdict(counts, sent);
}

/** A table of records. */
export function judgeDatabase(file: string, sent: Sent): SinkVerdict {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare('SELECT record, count(*) AS n FROM records GROUP BY record').all();
  db.close();
  return verdict(new Map(rows.map(({ record, n }) => [String(record), Number(n)])), sent);
}

/** A file to which an output appended. */
export function judgeAppended(file: string, sent: Sent): SinkVerdict {
  const counts = new Map<string, number>();
  if (existsSync(file)) countLines(counts, readFileSync(file, 'utf8'));
  return verdict(counts, sent);
}

/** How many records of each kind a sink has. */
export function totalsOf(file: string): Record<string, number> {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db
    .prepare('SELECT substr(record, 1, 1) AS kind, count(*) AS n FROM records GROUP BY kind ORDER BY kind')
    .all();
  db.close();
  return Object.fromEntries(rows.map(({ kind, n }) => [String(kind), Number(n)]));
}
