import { error } from '@millrace/core/connector';

/**
 * The package `ws`, which only those install who need it.
 * @throws MR_MISSING_PACKAGE
 */
export async function loadWs(load: () => Promise<typeof import('ws')> = () => import('ws')) {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'ws'")) throw cause;
    throw error('MR_MISSING_PACKAGE', { feature: 'toWebSocketServer', package: 'ws' }, { cause });
  }
}
