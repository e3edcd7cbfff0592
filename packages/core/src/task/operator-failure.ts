/** A user's exception with the name of the operator whose function threw it. */
export class OperatorFailure extends Error {
  readonly operator: string;

  constructor(operator: string, cause: unknown) {
    super(`operator "${operator}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'OperatorFailure';
    this.operator = operator;
  }
}
