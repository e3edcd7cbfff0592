import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogFile, LogFiles } from '../../packages/core/src/log/log-files.ts';
import { ModelDisk } from '../../packages/core/src/log/model-disk.ts';
import type { Dice } from './dice.ts';
import type { Turns } from './turns.ts';

/** The disk of the receivers' log: it outlives the job, and may lose what was not synced. */
export class CrashLog {
  readonly dir: string;
  readonly #disk: ModelDisk;

  constructor(dice: Dice) {
    this.dir = mkdtempSync(join(tmpdir(), 'millrace-crash-'));
    this.#disk = new ModelDisk(this.dir, dice.random);
  }

  /** The files as one life of the job sees them. */
  files(turns: Turns): LogFiles {
    const around = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      await turns.step(`the log: ${what} begins`);
      const result = await work();
      await turns.step(`the log: ${what} has ended`);
      return result;
    };
    return {
      create: async (dir, path, header) => {
        const file = await around('making a file', () => this.#disk.create(dir, path, header));
        return {
          write: (buffers, position) => around('a write', () => file.write(buffers, position)),
          sync: () => around('a sync', () => file.sync()),
          truncate: (length) => around('cutting', () => file.truncate(length)),
          close: () => file.close(),
        } satisfies LogFile;
      },
      replace: (path, bytes) => around('replacing a file', () => this.#disk.replace(path, bytes)),
      remove: (path) => around('deleting', () => this.#disk.remove(path)),
      lock: () => this.#disk.lock(),
      rewrite: (path, from) => this.#disk.rewrite(path, from),
    };
  }

  /** The process died, or the machine did. */
  crash(dice: Dice): string {
    if (dice.chance(0.5)) return 'the machine stays on';
    this.#disk.losePower();
    return 'the machine goes off';
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
