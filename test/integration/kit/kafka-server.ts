import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafka, kafkaCommand, kafkaFacts } from '../../../tools/services/kafka.ts';
import type { KafkaFacts } from './kafka-cluster.ts';

/** A broker that a test kills. */
export class KafkaServer {
  readonly #folder = join(mkdtempSync(join(tmpdir(), 'millrace-kafka-')), 'broker');
  #child: ChildProcess | null = null;

  /** Starts it, also after it was killed, with the same data at the same ports, and waits until it takes connections. */
  async start(): Promise<KafkaFacts> {
    const { args } = kafkaCommand(this.#folder);
    const child = spawn(kafka.program() as string, args, { cwd: this.#folder, detached: true, stdio: 'ignore' });
    this.#child = child;
    for (;;) {
      const facts = await kafkaFacts(this.#folder);
      if (facts !== null) return facts;
      if (child.exitCode !== null) throw new Error(`the broker ended with code ${child.exitCode}`);
      await sleep(50);
    }
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#child as ChildProcess;
    this.#child = null;
    if (child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async close(): Promise<void> {
    if (this.#child !== null) await this.kill();
    rmSync(join(this.#folder, '..'), { recursive: true, force: true });
  }
}
