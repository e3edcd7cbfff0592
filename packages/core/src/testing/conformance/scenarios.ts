import type { Accumulator } from '../../api/accumulator.ts';
import type { Broadcast } from '../../api/broadcast.ts';
import type { DStream } from '../../api/dstream/dstream.ts';
import { StateSpec } from '../../api/state-spec.ts';
import { seconds } from '../../api/time.ts';
import { using } from '../../api/using.ts';
import type { State } from '../../state/state.ts';
import { activeTask } from '../../task/context.ts';
import type { OperatorInputs } from './operators.ts';

/** A program of the suite: its output, and what it shares with the driver. */
export interface Scenario {
  /** What a sink was told on the driver, in order. */
  readonly written?: readonly unknown[];
  readonly stream: DStream<unknown>;
  readonly accumulator?: Accumulator<unknown>;
  readonly broadcast?: Broadcast<unknown>;
}

/** Message of the error that scenarios throw on purpose. */
export const FAILURE = 'this record is refused';

/** Throws for the record `['fail', …]`; a named function, so that the stack shows it. */
export function refuseRecord(key: string): void {
  if (key === 'fail') throw new Error(FAILURE);
}

/** Attempts of this thread at what fails once: by batch time and partition. A worker's own, which is where a retry runs. */
const attempts = new Map<string, number>();

/** Throws in the first attempt at a partition that has the record, and not in the next. */
export function refuseOnce(key: string): void {
  if (key !== 'flaky') return;
  const task = activeTask();
  const id = `${task?.time}/${task?.partition}`;
  const n = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, n % 2);
  if (n === 1) throw new Error(FAILURE);
}

const failing = ({ pairs }: OperatorInputs) =>
  pairs.map(
    ([k, v]): [string, number] => {
      refuseRecord(k);
      return [k, v];
    },
    { name: 'refusing' },
  );

/** What a program of the suite is made from. */
export interface ScenarioInputs extends OperatorInputs {
  readonly counters: Int32Array;
}

/** Programs for what backends have to do besides computing. */
export const scenarios: Readonly<Record<string, (inputs: ScenarioInputs) => Scenario>> = {
  'a call of mapAsync fails': ({ pairs }) => ({
    stream: pairs.mapAsync(
      async ([k, v]) => {
        await null;
        refuseRecord(k);
        return [k, v];
      },
      { name: 'refusing' },
    ),
  }),
  'a resource': ({ pairs, counters }) => {
    const resource = using(
      async () => {
        Atomics.add(counters, 0, 1);
        return counters;
      },
      (client) => void Atomics.add(client, 1, 1),
    );
    const stream = pairs.mapAsync(async ([k], { client }) => `${k}${client.length}`, { using: resource });
    stream.foreachPartition((_records, _partition, { client }) => void client.length, { using: resource });
    return { stream };
  },
  'a sink': ({ pairs }) => {
    const written: unknown[] = [];
    pairs.writeTo(
      {
        prepare: ({ job, output, time, numPartitions }) => {
          written.push(['prepare', job, output, time.milliseconds, numPartitions]);
        },
        async write(records, { job, output, time, numPartitions, partition }) {
          await null;
          const keys = [...records].map(([k]) => k).join('');
          refuseRecord(keys.includes('fail') ? 'fail' : keys);
          return `${job}/${output}/${time.milliseconds}/${partition} of ${numPartitions}: ${keys}`;
        },
        commit: ({ time }, receipts) => void written.push(['commit', time.milliseconds, receipts]),
        abort: ({ time }) => void written.push(['abort', time.milliseconds]),
      },
      { name: 'refusing' },
    );
    return { stream: pairs, written };
  },
  'a task throws beside foreachPartition': (inputs) => {
    const { ssc } = inputs;
    const accumulator = ssc.accumulator<string[]>('seen', [], (a, b) => [...a, ...b]);
    failing(inputs).foreachPartition((records, partition, { time, numPartitions }) => {
      accumulator.add([`${time}/${partition}/${numPartitions}:${[...records].map(([k]) => k).join('')}`]);
    });
    return { stream: inputs.others, accumulator: accumulator as unknown as Accumulator<unknown> };
  },
  'records fail in map': ({ pairs }) => ({ stream: pairs.map((pair) => refuse(pair[0], pair), { name: 'map' }) }),
  'records fail in filter': ({ pairs }) => ({ stream: pairs.filter(([key]) => refuse(key, true), { name: 'filter' }) }),
  'records fail in flatMap': ({ pairs }) => ({
    stream: pairs.flatMap(
      function* (pair) {
        // What was given before it throws goes with the record.
        yield pair;
        refuse(pair[0], pair);
      },
      { name: 'flatMap' },
    ),
  }),
  'records fail in mapValues': ({ pairs }) => ({
    stream: pairs.mapValues((value) => refuse(value, value), { name: 'mapValues' }),
  }),
  'records fail in flatMapValues': ({ pairs }) => ({
    stream: pairs.flatMapValues((value) => [refuse(value, value)], { name: 'flatMapValues' }),
  }),
  'records fail in mapAsync': ({ pairs }) => ({
    stream: pairs.mapAsync(async (pair) => refuse(pair[0], pair), { name: 'mapAsync' }),
  }),
  'records fail in filterAsync': ({ pairs }) => ({
    stream: pairs.filterAsync(async ([key]) => refuse(key, true), { name: 'filterAsync' }),
  }),
  'a task throws': (inputs) => ({ stream: failing(inputs) }),
  'a task throws behind a shuffle': (inputs) => ({
    stream: failing(inputs)
      .groupByKey()
      .mapValues((values) => values.length),
  }),
  'state, retried': ({ pairs }) => ({
    stream: pairs.mapWithState(
      StateSpec.function((key: string, value: number | null, state: State<number>): [string, number] => {
        state.update((state.getOption() ?? 0) + (value ?? 0));
        refuseOnce(key);
        return [key, state.get()];
      }),
    ),
  }),
  'state in the store': ({ pairs }) => ({
    stream: pairs.mapWithState(
      StateSpec.function((key: string, value: number | null, state: State<number>): [string, number] => {
        if (state.isTimingOut()) return [`${key} is gone`, state.get()];
        state.update((state.getOption() ?? 0) + (value ?? 0));
        refuseOnce(key);
        return [key, state.get()];
      })
        .timeout(seconds(2))
        .stored({ cacheKeys: 1 }),
      { timeoutCheckInterval: seconds(2) },
    ),
  }),
  'window, retried': ({ pairs }) => ({
    stream: pairs.reduceByKeyAndWindow((a, b) => a + b, seconds(2), seconds(1), {
      inverse: (a, b) => a - b,
      filter: ([key]) => {
        refuseOnce(key);
        return true;
      },
    }),
  }),
  'accumulator, retried': ({ ssc, pairs }) => {
    const accumulator = ssc.accumulator('sum', 0, (a, b) => a + b);
    const stream = pairs.mapPartitions((records) => {
      const all = [...records];
      for (const [, value] of all) accumulator.add(value);
      for (const [key] of all) refuseOnce(key);
      return all;
    });
    return { stream, accumulator: accumulator as unknown as Accumulator<unknown> };
  },
  foreachPartition: ({ ssc, pairs }) => {
    const accumulator = ssc.accumulator<string[]>('seen', [], (a, b) => [...a, ...b]);
    pairs.foreachPartition(async (records, partition) => {
      const text = `${partition}:${[...records].map(([k]) => k).join('')}`;
      await Promise.resolve();
      accumulator.add([text]);
    });
    return { stream: pairs, accumulator: accumulator as unknown as Accumulator<unknown> };
  },
  broadcast: ({ ssc, pairs }) => {
    const broadcast = ssc.broadcast('factor', () => 10);
    return { stream: pairs.mapValues((v) => v * broadcast.value), broadcast };
  },
  'a window of two seconds': ({ pairs }) => ({ stream: pairs.window(seconds(2)) }),
  'a record that cannot be encoded': ({ pairs }) => ({
    stream: pairs
      .map(([k, v]): [string, unknown] => [k, { deep: [v, () => v] }], { name: 'closures' })
      .groupByKey({ name: 'grouping' }),
  }),
  'everything at once': ({ pairs, others }) => ({
    stream: pairs
      .reduceByKeyAndWindow((a, b) => a + b, seconds(3), seconds(1), {
        inverse: (a, b) => a - b,
        filter: ([, n]) => n !== 0,
      })
      .leftOuterJoin(others.window(seconds(2)))
      .transform((rdd) => rdd.sortByKey())
      .map(([key]): [string, number] => [key, 1])
      .mapWithState(
        StateSpec.function((key: string, n: number | null, state: State<number>): [string, number] => {
          if (!state.isTimingOut()) state.update((state.getOption() ?? 0) + (n ?? 0));
          return [key, state.get()];
        }).timeout(seconds(2)),
        { timeoutCheckInterval: seconds(2) },
      ),
  }),
};

/** Refuses what the cases of records that fail call so. */
function refuse<R>(what: string | number, result: R): R {
  if (what === 'fail' || what === 2 || what === 4) throw new Error(`refused ${what}`);
  return result;
}
