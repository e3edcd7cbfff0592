import { hasCode, refusedWith } from '../failure.ts';
import { findCoordinatorRequest } from '../protocol/find-coordinator.ts';
import type { Brokers, CompactRequest } from '../protocol/request.ts';
import { A_MOMENT, tryAgain } from '../try-again.ts';

/** COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR. */
const ELSEWHERE = new Set([15, 16]);

/** The broker that keeps a group, or the transactions of a producer: found when it is needed, and again when it has moved. */
export class Coordinator {
  readonly #brokers: Brokers;
  readonly #type: 'group' | 'transaction';
  readonly #name: string;
  #broker: number | null = null;

  constructor(brokers: Brokers, type: 'group' | 'transaction', name: string) {
    this.#brokers = brokers;
    this.#type = type;
    this.#name = name;
  }

  async send<R>(request: CompactRequest<R>): Promise<R> {
    const broker = await this.find();
    try {
      return await this.#brokers.send(broker, request);
    } catch (e) {
      this.forget();
      throw e;
    }
  }

  /** It may be elsewhere by now. */
  forget(): void {
    this.#broker = null;
  }

  /** @throws KafkaFailure unless the code is 0. @param what for the error: `offsets of the group g could not be committed` */
  check(code: number, what: string): void {
    if (code === 0) return;
    this.noteCode(code);
    throw refusedWith(code, what);
  }

  /** Looks for another broker the next time if this code says so. */
  noteCode(code: number): void {
    if (ELSEWHERE.has(code)) this.forget();
  }

  /** The number of the broker. */
  async find(): Promise<number> {
    this.#broker ??= await tryAgain(A_MOMENT, () => this.#ask(), {
      // A broker that is away is another matter than one that is about to know.
      worthIt: hasCode,
    });
    return this.#broker;
  }

  async #ask(): Promise<number> {
    const { error, broker } = await this.#brokers.send(null, findCoordinatorRequest(this.#type, this.#name));
    if (error === 0) return broker;
    throw refusedWith(error, `the broker of the ${this.#type} ${this.#name} could not be found`);
  }
}
