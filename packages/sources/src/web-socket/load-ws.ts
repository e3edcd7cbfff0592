import { loadPackage } from '@millrace/core/connector';

/**
 * The package `ws`, which only those install who need it. (The WebSocket of the platform has no headers, no pings, no bound of a message and
 * no way to stop reading.)
 * @throws MR_MISSING_PACKAGE
 */
export const loadWs = (load: () => Promise<typeof import('ws')> = () => import('ws')) =>
  loadPackage('webSocketStream', 'ws', load);
