import { type ChildProcess, fork } from 'node:child_process';

/** A sender in a process of its own, so that it takes the other core. It says its port when it listens. */
export class Sender implements AsyncDisposable {
  readonly port: number;
  readonly process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** @throws Error when it ends before it listens */
  static open(module: URL, args: readonly string[]): Promise<Sender> {
    return new Promise((resolve, reject) => {
      const child = fork(module, [...args], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the sender ended with ${code} before it listened`)));
      child.once('message', (message: { readonly port: number }) => resolve(new Sender(child, message.port)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await ended;
  }
}
