import type { RawHeader } from '../port.ts';

/**
 * Headers as kafkajs writes them: it takes an object with a value or a list of values for each name, and so would lose the order of
 * headers, and cannot measure a null. Version 2.2.4 makes `{ key, value }` of a list by its `map`: this list has them ready.
 */
export function toKafkaJsHeaders(headers: readonly RawHeader[]): Record<string, Buffer[]> {
  return { headers: new ReadyHeaders(headers) as unknown as Buffer[] };
}

class ReadyHeaders extends Array<never> {
  readonly #headers: readonly RawHeader[];

  constructor(headers: readonly RawHeader[]) {
    super();
    this.#headers = headers;
  }

  override map<R>(): R[] {
    return this.#headers.map(([key, value]) => (value === null ? new NullHeader(key) : { key, value })) as R[];
  }
}

/** kafkajs asks for the number of bytes before it looks whether there are any. */
class NullHeader {
  readonly key: string;
  #measured = false;

  constructor(key: string) {
    this.key = key;
  }

  get value(): string | null {
    if (this.#measured) return null;
    this.#measured = true;
    return '';
  }
}
