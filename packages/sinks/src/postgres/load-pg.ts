import { error } from '@millrace/core/connector';

/**
 * The package `pg`, which only those install who need it.
 * @throws MR_MISSING_PACKAGE
 */
export async function loadPg(feature: string, load: () => Promise<typeof import('pg')> = () => import('pg')) {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'pg'")) throw cause;
    throw error('MR_MISSING_PACKAGE', { feature, package: 'pg' }, { cause });
  }
}
