import { isMillraceError } from '@millrace/core';

/** Causes of causes are cut here; a cycle would otherwise never end. */
const MAX_CAUSES = 8;

/** An error as data, for logs: no details, since they hold values that may be secret. */
export interface ErrorFields {
  readonly name: string;
  /** The `MR_` code, or the code of Node or a library; left out without one. */
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

/** An error and its causes, the error first. Anything may have been thrown. */
export function errorChain(thrown: unknown, options: { readonly stacks: boolean }): ErrorFields[] {
  const chain: ErrorFields[] = [];
  for (let e = thrown; chain.length <= MAX_CAUSES; e = e.cause) {
    if (!(e instanceof Error) && !isMillraceError(e)) {
      if (chain.length === 0 || e !== undefined) chain.push({ name: 'thrown value', message: String(e) });
      break;
    }
    const { name, message, stack, code } = e as Error & { readonly code?: unknown };
    chain.push({
      name,
      ...(typeof code === 'string' ? { code } : {}),
      message,
      ...(options.stacks && stack !== undefined ? { stack } : {}),
    });
    if (e.cause === undefined) break;
  }
  return chain;
}

/** An error for people: code, sentence and help, then its causes, without stacks unless they are asked for. */
export function errorText(thrown: unknown, options: { readonly stacks: boolean }): string {
  return errorChain(thrown, options)
    .map(({ name, code, message, stack }, i) => {
      const head = i === 0 ? 'error' : `  caused by ${name}`;
      const sentence =
        code === undefined && i === 0
          ? `${head}: ${name}: ${message}`
          : `${head}${code === undefined ? '' : ` [${code}]`}: ${message}`;
      return stack === undefined ? sentence : `${sentence}\n${frames(stack)}`;
    })
    .join('\n');
}

/** The lines of a stack that name places; the message above them is shown already. */
function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
