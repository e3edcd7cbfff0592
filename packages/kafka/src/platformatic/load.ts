import { error } from '@millrace/core/connector';

/** The package. */
export type Library = typeof import('@platformatic/kafka');

/**
 * The package `@platformatic/kafka`, which only those install who use it.
 * @throws MR_MISSING_PACKAGE
 */
export async function loadPlatformatic(
  load: () => Promise<Library> = () => import('@platformatic/kafka'),
): Promise<Library> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'@platformatic/kafka'")) throw cause;
    throw error('MR_MISSING_PACKAGE', { feature: 'Kafka', package: '@platformatic/kafka' }, { cause });
  }
}
