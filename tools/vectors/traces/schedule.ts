import { BatchTicker } from '../../../packages/core/src/schedule/batch-ticker.ts';
import { InputInfoTracker } from '../../../packages/core/src/schedule/input-info-tracker.ts';
import { ManualClock } from '../../../packages/core/src/testing/index.ts';
import type { Vector } from '../format.ts';
import { type Machine, type MachineTable, unknownStep } from './machine.ts';

function recurringTimer({ params }: Vector): Machine {
  const clock = new ManualClock();
  const fired: number[] = [];
  const ticker = new BatchTicker(clock, params.periodMs as number, (time) => fired.push(time));
  return async (step) => {
    switch (step.op) {
      case 'start':
        return ticker.start(step.at as number);
      case 'fired':
        return [...fired];
      case 'advance':
        return clock.advance(step.ms as number);
      case 'stop':
        return ticker.stop();
      default:
        throw unknownStep('RecurringTimer', step);
    }
  };
}

function inputInfoTracker(): Machine {
  const tracker = new InputInfoTracker();
  return (step) => {
    switch (step.op) {
      case 'report':
        return tracker.report(step.time as number, {
          inputStreamId: step.stream as number,
          numRecords: step.numRecords as number,
          metadata: {},
        });
      case 'get':
        return [...tracker.get(step.time as number).values()].map((info) => [info.inputStreamId, info.numRecords]);
      case 'cleanup':
        return tracker.cleanup(step.threshold as number);
      default:
        throw unknownStep('InputInfoTracker', step);
    }
  };
}

export const scheduleMachines: MachineTable = { RecurringTimer: recurringTimer, InputInfoTracker: inputInfoTracker };
