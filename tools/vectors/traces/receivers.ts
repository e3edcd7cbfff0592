import { BlockGenerator } from '../../../packages/core/src/receiver/block-generator.ts';
import { ReceivedBlockTracker, type TrackerEvent } from '../../../packages/core/src/receiver/received-block-tracker.ts';
import { ManualClock } from '../../../packages/core/src/testing/index.ts';
import type { Vector } from '../format.ts';
import { type Machine, type MachineTable, unknownStep } from './machine.ts';

function blockGenerator({ params }: Vector): Machine {
  const pushed: unknown[] = [];
  let callbacks = 0;
  const generator = new BlockGenerator({
    streamId: 0,
    blockIntervalMs: params.blockIntervalMs as number,
    clock: new ManualClock(),
    push: ({ partition }) => {
      if (partition.kind === 'live') pushed.push(...partition.records);
      return undefined;
    },
    onError: (e) => {
      throw e;
    },
  });
  const called = () => {
    callbacks += 1;
  };
  return (step) => {
    const data = step.data as unknown[];
    switch (step.op) {
      case 'state':
        return generator.state;
      case 'start':
        return generator.start();
      case 'add':
        return void data.map((record) => generator.add(record));
      case 'addWithCallback':
        return void data.map((record) => generator.add(record, called));
      case 'addMultipleWithCallback':
        return void generator.addMultiple(data, called);
      case 'callbacks':
        return callbacks;
      case 'pushed':
        return [...pushed];
      case 'tick':
        return generator.tick();
      case 'stop':
        return generator.stop();
      default:
        throw unknownStep('BlockGenerator', step);
    }
  };
}

function receivedBlockTracker({ params }: Vector): Machine {
  const log: TrackerEvent<unknown>[] = [];
  const tracker = new ReceivedBlockTracker<unknown>(
    params.streamIds as number[],
    params.checkpointDir === true ? { append: (event) => void log.push(event) } : null,
  );
  return (step) => {
    const stream = step.stream as number;
    const batch = step.batch as number;
    switch (step.op) {
      case 'walEnabled':
        return tracker.isLogged;
      case 'unallocated':
        return [...tracker.unallocated(stream)];
      case 'unallocatedCount':
        return tracker.unallocated(stream).length;
      case 'hasUnallocated':
        return tracker.hasUnallocated();
      case 'add':
        for (const block of step.blocks as unknown[]) tracker.add(stream, block);
        return undefined;
      case 'addMany':
        for (let i = 0; i < (step.count as number); i++) tracker.add(stream, `b${i}`);
        return undefined;
      case 'allocate':
        return tracker.allocate(batch);
      case 'blocksOf':
        return [...tracker.blocksOf(batch, stream)];
      case 'blocksOfCount':
        return tracker.blocksOf(batch, stream).length;
      case 'blocksOfBatch':
        return [...tracker.blocksOfBatch(batch)].map(([id, blocks]) => [id, [...blocks]]);
      case 'cleanup':
        return tracker.cleanup(step.upTo as number);
      case 'logSummary':
        return {
          additions: log.filter((event) => event.kind === 'addition').length,
          allocations: log.filter((event) => event.kind === 'allocation').length,
          lastIs: log.at(-1)?.kind,
        };
      default:
        throw unknownStep('ReceivedBlockTracker', step);
    }
  };
}

export const receiverMachines: MachineTable = {
  BlockGenerator: blockGenerator,
  ReceivedBlockTracker: receivedBlockTracker,
};
