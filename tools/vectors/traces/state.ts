import { KeyedState } from '../../../packages/core/src/state/keyed-state.ts';
import { StateHandle } from '../../../packages/core/src/state/state.ts';
import { SparkError } from '../check.ts';
import type { Vector } from '../format.ts';
import { rowsOf } from '../scripts/state-update.ts';
import { type Machine, type MachineTable, type Step, unknownStep } from './machine.ts';

/** The handle that functions of `mapWithState` get. */
function stateHandle(): Machine {
  let state = new StateHandle();
  return (step) => {
    switch (step.op) {
      case 'new':
        state = new StateHandle();
        return null;
      case 'wrap':
        return state.wrap('key', step.value !== null, step.value);
      case 'wrapTimingOut':
        return state.wrapTimingOut('key', step.value);
      case 'exists':
        return state.exists();
      case 'get':
        return state.get();
      case 'getOption':
        return state.getOption();
      case 'isTimingOut':
        return state.isTimingOut();
      case 'isUpdated':
        return state.updated;
      case 'isRemoved':
        return state.removed;
      case 'update':
        return state.update(step.value);
      case 'remove':
        return state.remove();
      default:
        throw unknownStep('State', step);
    }
  };
}

/** Keyed state as a map. The engine changes it in place and has no maps that cannot be changed, so `empty` is told by a flag. */
function stateMap({ params }: Vector): Machine {
  const state = new KeyedState();
  const frozen = params.initial === 'empty';
  return (step: Step) => {
    const { op, key } = step;
    switch (op) {
      case 'put':
        if (frozen) throw new SparkError('UnsupportedOperationException', 'the empty map takes nothing');
        return state.put(state.find(key), key, step.value, step.time as number);
      case 'get': {
        const entry = state.find(key);
        return entry === undefined || entry.dead ? null : entry.value;
      }
      case 'getByTime':
        return rowsOf(state).filter(([, , time]) => time < (step.time as number));
      case 'getAll':
        return rowsOf(state);
      case 'remove': {
        const entry = state.find(key);
        return entry === undefined ? undefined : state.kill(entry);
      }
      case 'copyIsSame':
        return frozen;
      default:
        throw unknownStep('StateMap', step);
    }
  };
}

export const stateMachines: MachineTable = { State: stateHandle, StateMap: stateMap };
