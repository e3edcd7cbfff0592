import type { Pipe } from '../task/program.ts';
import type { RddOp } from './rdd-node.ts';
import type { StageCutter } from './stage-cutter.ts';
import { pipeFrom, type TaskDraft } from './task-draft.ts';

type StateOp = Extract<RddOp, { kind: 'state' | 'stateBefore' | 'stateLeaving' | 'snapshot' }>;

/** The pipe that gives partition `p` of a node that reads or changes state: its task runs where the state is. */
export function statePipe(cutter: StageCutter, op: StateOp, p: number, task: TaskDraft): Pipe {
  switch (op.kind) {
    case 'state':
      return changedState(cutter, op, p, task);
    case 'stateBefore': {
      task.states.push(op.node);
      const base = cutter.baseOf(op.node);
      return pipeFrom({ kind: 'stateBefore', node: op.node, base: task.arg({ kind: 'value', value: base }) });
    }
    case 'stateLeaving': {
      task.states.push(op.node);
      const base = task.arg({ kind: 'value', value: cutter.baseOf(op.node) });
      const moves = task.arg({ kind: 'value', value: op.moves });
      return pipeFrom({ kind: 'stateLeaving', node: op.node, base, moves });
    }
    case 'snapshot': {
      const from = cutter.pipe(op.parent, p, task);
      task.states.push(op.node);
      return pipeFrom({ kind: 'snapshot', from, node: op.node });
    }
  }
}

/** A batch that goes on with the state at `base`: panes that it has missed enter first, and what has moved comes. */
function changedState(cutter: StageCutter, op: Extract<RddOp, { kind: 'state' }>, p: number, task: TaskDraft): Pipe {
  const base = cutter.baseOf(op.node);
  const late = op.late?.(base) ?? [];
  const parents = late.length === 0 ? op.parents : [...late.map(([, pane]) => pane), ...op.parents];
  const sides = parents.map((side) => cutter.pipe(side, p, task));
  const entering = [...late.map(([time]) => time), ...(op.action.entering ?? [])];
  const action = late.length === 0 ? op.action : { ...op.action, entering };
  const initial = op.initial === null || base !== null ? null : cutter.pipe(op.initial, p, task);
  const moves = op.moves?.(base) ?? null;
  const arriving = moves === null ? null : cutter.pipe(moves.arriving, p, task);
  const placed = moves === null ? action : { ...action, moves: moves.moves };
  task.states.push(op.node);
  return pipeFrom({
    kind: 'state',
    sides,
    initial,
    arriving,
    node: op.node,
    action: task.arg({ kind: 'action', action: { ...placed, base } }),
  });
}
