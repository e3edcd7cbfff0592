import { loadPackage } from '@millrace/core/connector';

/**
 * The package `ws`, which only those install who need it.
 * @throws MR_MISSING_PACKAGE
 */
export const loadWs = (load: () => Promise<typeof import('ws')> = () => import('ws')) =>
  loadPackage('toWebSocketServer', 'ws', load);
