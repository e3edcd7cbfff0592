import {
  count,
  type DStream,
  defineJob,
  InputDStream,
  type State,
  StateSpec,
  type StreamingContext,
  seconds,
  type Time,
} from '@millrace/core';
import { small, sourceRows } from './oracle.ts';
import { type Fault, type Node, type Program, SOURCES } from './program.ts';

export interface GapsParams {
  readonly program: Program;
}

type Pairs = DStream<[string, number]>;

const batchOf = (time: Time) => time.milliseconds / 1000;
const add = (a: number, b: number) => a + b;

/** The rows of a source; one that is asked for a batch writes down when. */
export class GapSource extends InputDStream<[string, number]> {
  /** Batch times that it was asked for, in order. */
  readonly asked: number[] = [];
  readonly #program: Program;
  readonly #source: number;
  readonly #faults: ReadonlyMap<number, Fault>;

  constructor(context: StreamingContext, program: Program, source: number) {
    super(context, { name: `source${source}`, kind: program.asked[source] ? 'asked' : 'stored' });
    this.#program = program;
    this.#source = source;
    // One of them fails.
    this.#faults = new Map(source === 0 ? program.faults : []);
    if (!program.asked[source]) return;
    this.saveBatch = () => null;
    this.restoreBatch = () => {};
  }

  override async prepare(time: Time): Promise<void> {
    if (this.#faults.get(batchOf(time)) === 'prepare') throw new Error('it cannot be prepared');
  }

  override compute(time: Time): [string, number][] {
    this.asked.push(batchOf(time));
    if (this.#faults.get(batchOf(time)) === 'compute') throw new Error('it has no batch');
    return sourceRows(this.#program.seed, this.#source, batchOf(time)).map(([k, v]) => [k, v]);
  }
}

/** A random program of windows, and two streams that fail at the times of its faults. */
export default defineJob({ name: 'gaps', batchInterval: seconds(1) }, (ssc, { program }: GapsParams) => {
  const sources = Array.from({ length: SOURCES }, (_, i) => new GapSource(ssc, program, i));
  const streams: Pairs[] = [...sources];
  for (const [i, node] of program.nodes.entries()) streams.push(streamOf(node, streams, program, `${node.op}${i}`));
  const faults = new Map(program.faults);
  const fragile = sources[0].transform(
    (rdd, time) => {
      const fault = faults.get(batchOf(time));
      if (fault === 'transform') throw new Error('it cannot be planned');
      return rdd.mapPartitions((rows) => {
        if (fault === 'task') throw new Error('a task fails');
        return rows;
      });
    },
    { name: 'fragile' },
  );
  return { sources, streams, fragile };
});

function streamOf({ op, in: inputs, w, s }: Node, streams: readonly Pairs[], program: Program, name: string): Pairs {
  const [first, second] = inputs.map((input) => streams[input]);
  const [window, slide] = [seconds(w), seconds(s)];
  const running = () =>
    first.reduceByKey(add, { name: `${name}-summed` }).mapWithState(
      StateSpec.function((key: string, value: number | null, state: State<number>): [string, number] => {
        state.update(small((value as number) + (state.exists() ? state.get() : 0)));
        return [key, state.get()];
      }),
      { name },
    );
  switch (op) {
    case 'next':
      return first.mapValues((v) => v + 1, { name });
    case 'poison': {
      const { poison } = program;
      return first.map(
        (row) => {
          if (poison.includes(row[1])) throw new Error('poison');
          return row;
        },
        { name },
      );
    }
    case 'reduceByKey':
      return first.reduceByKey(add, { name });
    case 'union':
      return first.union(second);
    case 'join':
      return first.join(second).mapValues(([a, b]) => small(a + b));
    case 'totals':
      return first.updateStateByKey((values: number[], total: number | null) => small(values.reduce(add, total ?? 0)), {
        name,
      });
    case 'running':
      return running();
    case 'snapshots':
      return running().stateSnapshots();
    case 'dedupe':
      return first.dedupe(([k, v]) => `${k}=${v}`, { ttl: seconds(w), name });
    case 'window':
      return first.window(window, slide, { name });
    case 'sums':
      return first.reduceByKeyAndWindow(add, window, slide, { name });
    case 'sumsByInverse':
      return first.reduceByKeyAndWindow(add, window, slide, {
        name,
        inverse: (a, b) => a - b,
        filter: ([, n]) => n > 0,
      });
    case 'counts':
      return first.aggregateByKeyAndWindow(count(), window, slide, { name });
  }
}
