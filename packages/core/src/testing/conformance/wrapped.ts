import type { BackendSession, ExecutionBackend, JobDescriptor } from '../../backend/contract.ts';

/** A backend whose sessions do something in another way. */
export function wrapped(
  backend: ExecutionBackend,
  change: (session: BackendSession) => Partial<BackendSession>,
): ExecutionBackend {
  return {
    name: backend.name,
    parallelism: backend.parallelism,
    sharesMemory: backend.sharesMemory,
    get running() {
      return backend.running;
    },
    open: async (job: JobDescriptor) => {
      const session = await backend.open(job);
      const all: BackendSession = {
        slots: session.slots,
        get losses() {
          return session.losses;
        },
        run: (graph) => session.run(graph),
        get epochs() {
          return session.epochs;
        },
        saveState: (requests) => session.saveState(requests),
        restoreState: (states) => session.restoreState(states),
        readState: (read) => session.readState(read),
        fetch: (handle, limit) => session.fetch(handle, limit),
        holds: (handle) => session.holds(handle),
        release: (handles) => session.release(handles),
        close: () => session.close(),
      };
      return Object.defineProperties(all, Object.getOwnPropertyDescriptors(change(session)));
    },
    stop: () => backend.stop(),
  };
}
