import type { Socket } from 'node:net';
import type { Inlet } from './inlet.ts';

/** Tells a sender how much of what it sent is safe: one line with the number for each time that it grew. */
export class AckWriter {
  readonly #socket: Socket;
  readonly #inlet: Inlet;
  #told = 0;
  #isTelling = false;
  #telling = Promise.resolve();

  constructor(socket: Socket, inlet: Inlet) {
    this.#socket = socket;
    this.#inlet = inlet;
    inlet.onStored = () => this.#stored();
  }

  /** Resolves when the sender has been told everything, or cannot be. */
  async whenTold(): Promise<void> {
    await this.#telling;
  }

  /** There is more that will be safe. */
  #stored(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#telling = this.#tell();
  }

  async #tell(): Promise<void> {
    const socket = this.#socket;
    try {
      while (this.#told < this.#inlet.numDone) {
        const { numDone, stored } = this.#inlet;
        await stored;
        // A sender that does not read what it asked for gets the newest number when it does.
        if (socket.writableNeedDrain) await drained(socket);
        if (!socket.writable) return;
        socket.write(`${numDone}\n`);
        this.#told = numDone;
      }
    } catch {
      // It could not be stored, which the engine has reported. The sender is not told, and keeps it.
    } finally {
      this.#isTelling = false;
    }
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.once('drain', go).once('close', go);
  });
}
