import { DStream, type StreamingContext } from '@millrace/core';

/** A name that `--print` gave and no stream has. */
export class NoSuchStream extends Error {
  constructor(name: string, names: readonly string[]) {
    super(
      `--print: the job has no stream ${JSON.stringify(name)}; it has ${names.length === 0 ? 'none' : names.join(', ')}`,
    );
  }
}

/** The streams of a job that `--print` can name: what its builder returned by name, then all of its plan. */
export function printableStreams(ssc: StreamingContext, returned: unknown): Map<string, DStream<unknown>> {
  const named = typeof returned === 'object' && returned !== null ? Object.entries(returned) : [];
  return new Map([
    ...ssc.plan.nodes.map((node) => [node.name, ssc.streamOf(node)] as const),
    ...named.filter((entry): entry is [string, DStream<unknown>] => entry[1] instanceof DStream),
  ]);
}

/** Prints streams of a loaded job after the job's own outputs. @throws NoSuchStream */
export function printStreams(ssc: StreamingContext, returned: unknown, names: readonly string[]): void {
  const streams = printableStreams(ssc, returned);
  for (const name of new Set(names)) {
    const stream = streams.get(name);
    if (stream === undefined) throw new NoSuchStream(name, [...streams.keys()]);
    stream.print(10, { name: `print ${name}` });
  }
}
