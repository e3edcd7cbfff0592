import { BlockGenerator } from '../../../packages/core/src/receiver/block-generator.ts';
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

export const receiverMachines: MachineTable = { BlockGenerator: blockGenerator };
