import { error, isMillraceError } from '@millrace/core/connector';

/** What errors of the system mean to who reads them. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the quota of the user is used up',
  EACCES: 'this process lacks the permission',
  EPERM: 'this process lacks the permission',
  EROFS: 'the file system can only be read',
  ENOENT: 'a directory on the way does not exist',
  ENOTDIR: 'something on the way is no directory',
  EMFILE: 'this process has too many files open',
};

/** Puts the path and the error of the system on what a step of a sink throws. @throws MR_SINK_FAILED */
export async function onPath<R>(sink: string, path: string, doing: string, step: () => Promise<R>): Promise<R> {
  try {
    return await step();
  } catch (cause) {
    if (isMillraceError(cause)) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = MEANINGS[code] === undefined ? message : `${MEANINGS[code]} (${code})`;
    throw error(
      'MR_SINK_FAILED',
      { sink, reason: `${path} could not be ${doing}: ${why}` },
      { cause, details: { path, errno: code } },
    );
  }
}
