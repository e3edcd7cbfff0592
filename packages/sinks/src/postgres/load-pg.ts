import { loadPackage } from '@millrace/core/connector';

/**
 * The package `pg`, which only those install who need it.
 * @throws MR_MISSING_PACKAGE
 */
export const loadPg = (feature: string, load: () => Promise<typeof import('pg')> = () => import('pg')) =>
  loadPackage(feature, 'pg', load);
