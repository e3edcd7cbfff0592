import { error } from './catalog.ts';

/**
 * Loads an optional package, which only those install who need it.
 *
 * @param feature what needs it, for the error: `'postgresSink'`
 * @param name of the package
 * @param load imports it; a test gives one that fails
 * @throws MR_MISSING_PACKAGE where it is not installed; what the package throws while it is loaded
 * @example
 * ```ts
 * const zlib = await loadPackage('packed files', 'node:zlib', () => import('node:zlib'));
 * ```
 */
export async function loadPackage<P>(feature: string, name: string, load: () => Promise<P>): Promise<P> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // Something that the package itself needs may be missing, too: that is another error.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw cause;
    throw error('MR_MISSING_PACKAGE', { feature, package: name }, { cause });
  }
}
