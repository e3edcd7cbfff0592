import {
  BroadcastCache,
  ContextPlanFunctions,
  decodeBroadcast,
  driveTask,
  endsWhole,
  type Program,
  type SlotResult,
  SlotRuntime,
  SystemClock,
  type TaskStop,
  taskFailure,
  threadExchange,
  toErrorData,
} from '@millrace/core/backend';
import { buildPlan } from './build-plan.ts';
import type { Answer, LineMessage, Message, OpenMessage, RunMessage, WireTask } from './protocol.ts';
import { LineServer } from './serve-line.ts';
import { SlotProgress } from './slot-progress.ts';
import { PortStateReads } from './state-port.ts';
import { packResults, unpackTasks } from './wire-format.ts';

/** One job in this worker. */
interface Session {
  readonly runtime: SlotRuntime;
  readonly programs: Map<number, Program>;
  readonly broadcasts: BroadcastCache;
  readonly progress: SlotProgress | null;
  readonly stateReads: PortStateReads | null;
}

const sessions = new Map<string, Session>();

/** What Piscina calls, once in the life of a worker. */
export default function serve({ port }: LineMessage): void {
  new LineServer(port, answer);
}

/** One message, one answer. Never throws: a message without an answer means a lost worker. */
async function answer(message: Message): Promise<Answer> {
  try {
    if (message.type === 'open') {
      sessions.set(message.session, await open(message));
      return { type: 'ok' };
    }
    const session = sessions.get(message.session);
    if (session === undefined) return message.type === 'close' ? { type: 'ok' } : { type: 'unknown' };
    switch (message.type) {
      case 'run':
        return { type: 'ran', results: packResults(await run(session, message)) };
      case 'fetch':
        return { type: 'records', records: session.runtime.fetch(message.key, message.limit) };
      case 'export':
        return { type: 'bucket', bucket: session.runtime.exportBucket(message.key, message.reducer) };
      case 'saveStates':
        return { type: 'states', states: session.runtime.saveStates(message.requests) };
      case 'restoreStates':
        session.runtime.restoreStates(message.states);
        return { type: 'ok' };
      case 'readState':
        return { type: 'stateFound', found: session.runtime.readState(message.read) };
      case 'close':
        sessions.delete(message.session);
        session.stateReads?.close();
        return { type: 'closed', complaints: await session.runtime.close() };
    }
  } catch (e) {
    return { type: 'error', error: toErrorData(e) };
  }
}

/** Builds the job's plan here and compares it with the driver's. */
async function open(message: OpenMessage): Promise<Session> {
  const { plan, sharedScope } = await buildPlan(message);
  const broadcasts = new BroadcastCache();
  const stateReads = message.stateReads === null ? null : new PortStateReads(message.stateReads);
  const runtime = new SlotRuntime({
    slot: message.slot,
    plan: new ContextPlanFunctions(plan, sharedScope),
    clock: new SystemClock(),
    exchange: threadExchange,
    broadcast: (name, version) => broadcasts.get(name, version),
    stateReads,
  });
  const progress = message.progress === null ? null : new SlotProgress(message.progress);
  return { runtime, programs: new Map(), broadcasts, progress, stateReads };
}

async function run(session: Session, message: RunMessage): Promise<SlotResult[]> {
  const { runtime, programs, broadcasts } = session;
  runtime.drop(message.drops);
  if (message.forgetPrograms) programs.clear();
  for (const [id, program] of message.programs) programs.set(id, program);
  for (const { name, version, bytes } of message.broadcasts) broadcasts.set(name, version, decodeBroadcast(bytes));
  const versions = new Map(message.versions);
  const results: SlotResult[] = [];
  const { progress } = session;
  progress?.beginMessage(message.number);
  for (const task of unpackTasks(message.tasks)) {
    const stop = progress?.beginTask(message.number, results.length + 1);
    const result = await attempt(session, task, message.time, versions, stop);
    results.push(result);
    if (message.whole && endsWhole(result)) break;
  }
  progress?.endMessage();
  return results;
}

async function attempt(
  session: Session,
  task: WireTask,
  time: number,
  versions: ReadonlyMap<string, number>,
  stop: TaskStop | undefined,
): Promise<SlotResult> {
  try {
    const program = session.programs.get(task.program) as Program;
    const { context, work } = session.runtime.begin({ ...task, program }, time, versions);
    return { ok: true, output: await driveTask(context, work, undefined, stop) };
  } catch (e) {
    return taskFailure(e);
  }
}
