import { error } from '../errors/index.ts';
import { checkFunction } from './check-function.ts';

/**
 * Refuses what is no aggregate, and one with async functions, when the operator is called.
 * @throws MR_OPTION, MR_NOT_A_FUNCTION, MR_ASYNC_FUNCTION
 */
export function checkAggregate(operator: string, aggregate: unknown): void {
  if (typeof aggregate !== 'object' || aggregate === null) {
    const rule = 'must be an aggregate: count(), average() and others, or one of defineAggregate()';
    throw error('MR_OPTION', { option: `${operator}: aggregate`, value: aggregate, rule });
  }
  const parts = aggregate as Readonly<Record<string, unknown>>;
  for (const part of ['create', 'add', 'finish']) checkFunction(operator, `${part} of the aggregate`, parts[part]);
  for (const part of ['merge', 'subtract'])
    if (parts[part] !== undefined) checkFunction(operator, `${part} of the aggregate`, parts[part]);
}
