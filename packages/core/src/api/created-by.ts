import { describe, error } from '../errors/index.ts';
import { checkAnyFunction } from './check-function.ts';
import type { StreamingContext } from './streaming-context.ts';

/** What a function makes that is to make a context. @throws MR_NOT_A_FUNCTION, MR_OPTION unless it does; what it throws */
export function createdBy(method: string, create: () => StreamingContext): StreamingContext {
  checkAnyFunction(method, 'create', create);
  // Before it is called: what it has begun would go on.
  if (create.constructor.name.startsWith('Async')) throw refused(method, 'an async function', WAIT);
  const made: unknown = create();
  if (typeof (made as Partial<StreamingContext> | null | undefined)?.checkpoint === 'function')
    return made as StreamingContext;
  if (made instanceof Promise) {
    made.catch(() => {});
    throw refused(method, 'a function that returns a promise', WAIT);
  }
  throw refused(method, `a function that returns ${describe(made)}`, 'must return the StreamingContext that it makes');
}

const WAIT = 'must return the StreamingContext itself: await what it needs before, and hand that in';

function refused(method: string, value: string, rule: string): Error {
  return error('MR_OPTION', { option: `${method}: create`, value, rule });
}
