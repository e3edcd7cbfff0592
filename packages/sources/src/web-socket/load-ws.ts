import { error } from '@millrace/core/connector';

/**
 * The package `ws`, which only those install who need it. (The WebSocket of the platform has no headers, no pings, no bound of a message and
 * no way to stop reading.)
 * @throws MR_MISSING_PACKAGE
 */
export async function loadWs(load: () => Promise<typeof import('ws')> = () => import('ws')) {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'ws'")) throw cause;
    throw error('MR_MISSING_PACKAGE', { feature: 'webSocketStream', package: 'ws' }, { cause });
  }
}
