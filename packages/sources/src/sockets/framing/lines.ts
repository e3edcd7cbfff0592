import { checkOptionNames, checkWhole, error } from '@millrace/core/connector';
import type { Framing } from './framing.ts';
import { LineCutter, type LineRules, type OnLongLine } from './line-cutter.ts';

/** How long lines may be. */
export interface LineOptions {
  /** Longest line in bytes, without its end. 1 MiB unless given. So much is held for each connection at most. */
  readonly maxLineBytes?: number;
  /** What becomes of a longer one; `'fail'` unless given. */
  readonly onLongLine?: OnLongLine;
}

/** Names of these options. */
export const LINE_OPTIONS = ['maxLineBytes', 'onLongLine'] as const satisfies readonly (keyof LineOptions)[];

const MAX_LINE_BYTES = 2 ** 20;
const POLICIES: readonly unknown[] = ['fail', 'cut', 'drop'] satisfies OnLongLine[];

/** Checks the options of lines. @param owner whose they are @throws MR_OPTION */
export function checkedLines(owner: string, options: LineOptions): Omit<LineRules, 'dropped'> {
  const { maxLineBytes = MAX_LINE_BYTES, onLongLine = 'fail' } = options;
  if (!POLICIES.includes(onLongLine)) {
    const rule = "must be 'fail', 'cut' or 'drop'";
    throw error('MR_OPTION', { option: `${owner}: onLongLine`, value: onLongLine, rule });
  }
  return { maxLineBytes: checkWhole(`${owner}: maxLineBytes`, maxLineBytes, 1), onLongLine };
}

/**
 * Frames that are lines: ended by '\n' or '\r\n', which do not belong to the frame. What is behind the last one is a frame as well,
 * when the sender ends the connection.
 *
 * @throws MR_OPTION
 * @example
 * ```ts
 * import { lines } from '@millrace/sources/sockets';
 * const framing = lines({ maxLineBytes: 4096, onLongLine: 'drop' });
 * ```
 */
export function lines(options: LineOptions = {}): Framing {
  checkOptionNames('lines', options, LINE_OPTIONS);
  const rules = checkedLines('lines', options);
  return (dropped) => {
    const cutter = new LineCutter({ ...rules, dropped });
    return {
      push: (chunk, take) => cutter.push(chunk, (bytes) => eachLine(bytes, take)),
      end: (take) => cutter.end((bytes) => eachLine(bytes, take)),
      get pending() {
        return cutter.pending;
      },
    };
  };
}

/** Calls back with each of whole lines, without its end. */
function eachLine(bytes: Buffer, take: (line: Buffer) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    take(bytes.subarray(at, end > at && bytes[end - 1] === 13 ? end - 1 : end));
    at = end + 1;
  }
}
