import { isMillraceError, type StreamingContext } from '@millrace/core';
import { error } from '@millrace/core/connector';
import type { DirectoryPattern } from './directory-pattern.ts';
import { listFiles } from './listing.ts';
import type { FoundFile } from './selection.ts';

/** What a scan needs. */
export interface ScanParts {
  readonly context: StreamingContext;
  /** The stream's name, for messages. */
  readonly source: string;
  readonly pattern: DirectoryPattern;
  readonly filter: (path: string) => boolean;
  /** Whether a batch that is remembered has a file: it needs no look then. */
  readonly isSelected: (path: string) => boolean;
}

/** Names of so many files are said at most. */
const MOST_NAMES = 100;

/**
 * Looks at directories for one batch after the other. What goes wrong there is no failure of a batch: files that could not
 * be seen are found by the next one. The user hears of it once for each change.
 */
export class DirectoryScan {
  readonly #parts: ScanParts;
  /** What the user has heard last. */
  #trouble: string | null = null;
  #slow = false;
  /** Files that the user has heard of. */
  readonly #unreachable = new Set<string>();
  /** The last look, where later batches were due when it began already. */
  #last: { readonly begun: number; readonly files: readonly FoundFile[] } | null = null;

  constructor(parts: ScanParts) {
    this.#parts = parts;
  }

  /**
   * The files that are there, without those that are selected or filtered; none where they cannot be listed.
   *
   * Batches that are late share one look: what it saw is what they would have seen, had each been planned when it began,
   * and what came after is found by the look of a later batch.
   *
   * @throws MR_SOURCE_FAILED when the filter throws
   */
  async find(batchTime: number): Promise<readonly FoundFile[]> {
    if (this.#last === null || batchTime > this.#last.begun) {
      this.#last = null;
      const { clock } = this.#parts.context;
      const begun = clock.now();
      const from = clock.elapsed();
      const files = await this.#look();
      if (files === null) return [];
      this.#noteTime(clock.elapsed() - from, files.length);
      this.#last = { begun, files };
    }
    const { begun, files } = this.#last;
    if (batchTime + this.#parts.context.batchDuration.milliseconds > begun) this.#last = null;
    return files;
  }

  async #look(): Promise<FoundFile[] | null> {
    const { pattern, isSelected } = this.#parts;
    try {
      const directories = await pattern.directories();
      if (directories.length === 0) {
        const what = pattern.isLiteral
          ? `there is no directory ${pattern.text}`
          : `no directory matches ${pattern.text}`;
        this.#say(`${what}; its batches are empty until there is one`);
        return [];
      }
      const files = await listFiles(
        directories,
        (path) => !isSelected(path) && this.#accepts(path),
        (path) => this.#sayUnreachable(path),
      );
      this.#say(null);
      return files;
    } catch (e) {
      if (isMillraceError(e)) throw e;
      this.#say(`${pattern.text} cannot be listed: ${(e as Error).message}; its batches are empty until it can`);
      return null;
    }
  }

  #accepts(path: string): boolean {
    const { source, filter } = this.#parts;
    let accepted: unknown;
    try {
      accepted = filter(path);
    } catch (cause) {
      throw error('MR_SOURCE_FAILED', { source, reason: `its filter threw for ${path}: ${String(cause)}` }, { cause });
    }
    if (typeof accepted === 'boolean') return accepted;
    throw error('MR_SOURCE_FAILED', { source, reason: `its filter must return true or false, for ${path}` });
  }

  #say(trouble: string | null): void {
    const { context, source } = this.#parts;
    if (trouble !== null && trouble !== this.#trouble) context.warn(`${source}: ${trouble}.`);
    this.#trouble = trouble;
  }

  #sayUnreachable(path: string): void {
    if (this.#unreachable.has(path) || this.#unreachable.size >= MOST_NAMES) return;
    this.#unreachable.add(path);
    const { context, source } = this.#parts;
    context.warn(`${source}: ${path} is not read, since its name is not UTF-8; give it another name.`);
  }

  #noteTime(took: number, files: number): void {
    const { context, source, pattern } = this.#parts;
    const interval = context.batchDuration.milliseconds;
    const slow = took > interval;
    if (slow && !this.#slow) {
      context.warn(
        `${source}: looking through ${pattern.text} took ${Math.round(took)} ms for ${files} files, longer than the batch interval of ${interval} ms; move files away that have been read, or make the interval longer.`,
      );
    }
    this.#slow = slow;
  }
}
