import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory for a test, gone afterwards. */
export class Spool {
  readonly path: string = mkdtempSync(join(tmpdir(), 'millrace-spool-'));

  /** Writes a file that was changed last at a time, by the test's clock. Makes directories on the way. */
  put(name: string, content: string | Uint8Array, modTimeMs: number): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    this.touch(name, modTimeMs);
    return path;
  }

  touch(name: string, modTimeMs: number): void {
    // Seconds with fractions lose a little on the way to the disk; a third of a millisecond more and none is lost.
    const seconds = (modTimeMs + 0.3) / 1000;
    utimesSync(join(this.path, name), seconds, seconds);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
