import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^(\d{10})\.log$/;

export function segmentPath(dir: string, segment: number): string {
  return join(dir, `${String(segment).padStart(10, '0')}.log`);
}

/** Numbers of the segments in a directory, oldest first. Files with other names are none of the log's business. */
export function segmentNumbers(dir: string): number[] {
  return readdirSync(dir)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
