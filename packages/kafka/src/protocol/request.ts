import { KafkaFailure } from '../failure.ts';
import type { WireReader, WireWriter } from './wire.ts';

/** A request, and how its answer is read. All are of versions in the compact form. */
export interface CompactRequest<R> {
  readonly key: number;
  readonly version: number;
  readonly name: string;
  /** Writes what is behind the header. */
  write(to: WireWriter): void;
  /** Reads what is behind the header of the answer. */
  read(from: WireReader): R;
}

/** @param highest version that the broker has; undefined where it does not say @throws KafkaFailure if that is too old */
export function checkVersion({ name, version }: CompactRequest<unknown>, highest: number = version): void {
  if (highest >= version) return;
  const has = `it has ${name} up to version ${highest}, ${version} is needed (Kafka 3.1)`;
  throw new KafkaFailure('fatal', `this broker is too old: ${has}`);
}

/** Connections to the brokers of a cluster, however a client makes them. What goes wrong is thrown as the client has it. */
export interface Brokers {
  /** @param to number of a broker; null for any of them */
  send<R>(to: number | null, request: CompactRequest<R>): Promise<R>;
  close(): Promise<void>;
}
