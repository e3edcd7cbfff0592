// biome-ignore-all lint/suspicious/noExplicitAny: streams of random types go through one builder
import { type DStream, defineJob, seconds } from '@millrace/core';
import { buildStreams, RandomSource } from '../random/job.ts';
import type { Program } from '../random/program.ts';
import { AskedSource, FedReceiver, MovingSource, type Recorded, RecordedSource } from './inputs.ts';
import type { InputKind } from './schedule.ts';

/** What the job is built from. */
export interface CrashParams {
  readonly program: Program;
  readonly inputs: readonly InputKind[];
  readonly accumulate: boolean;
  /** In the run that nothing interrupts: what inputs had that depend on the moment. By source; null for the others. */
  readonly recorded: readonly (Recorded | null)[] | null;
}

/** The same with all state in memory: the run that nothing interrupts has no store. */
function inMemory(program: Program): Program {
  return { ...program, nodes: program.nodes.map(({ cacheKeys: _, ...node }) => node) };
}

/** A random program over inputs that a crash puts to the test. */
export default defineJob({ name: 'crash', batchInterval: seconds(1) }, (ssc, params: CrashParams) => {
  const { program, inputs, accumulate, recorded } = params;
  const seen = accumulate ? ssc.accumulator('seen', 0, (a: number, b: number) => a + b) : null;
  const moving: MovingSource[] = [];
  const receivers: (FedReceiver | null)[] = program.sources.map(() => null);
  const sources = program.sources.map((source, i): DStream<any> => {
    const name = `source${i}`;
    const before = recorded?.[i] ?? null;
    if (before !== null) return new RecordedSource(ssc, before, name);
    if (inputs[i] === 'asked') return new AskedSource(ssc, source, name);
    if (inputs[i] === 'stored') return new RandomSource(ssc, source, name);
    if (inputs[i] === 'moving') {
      const input = new MovingSource(ssc, source, name);
      moving.push(input);
      return input;
    }
    const receiver = new FedReceiver();
    receivers[i] = receiver;
    return ssc.receiverStream(receiver, { name });
  });
  const counted = sources.map((source, i) =>
    seen === null
      ? source
      : source.map(
          (record) => {
            seen.add(1);
            return record;
          },
          { name: `counted${i}` },
        ),
  );
  // All partitions are looked at in their batch: what nobody has computed then would count in the batch that does.
  const taps = counted.map((stream, i) =>
    accumulate || inputs[i] === 'moving' || inputs[i] === 'received'
      ? (stream.glom({ name: `tap${i}` }) as DStream<unknown[]>)
      : null,
  );
  const laidOut = recorded === null ? program : inMemory(program);
  return { streams: buildStreams(ssc, laidOut, counted), taps, moving, receivers, seen };
});
