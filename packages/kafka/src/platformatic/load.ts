import { loadPackage } from '@millrace/core/connector';

/** The package. */
export type Library = typeof import('@platformatic/kafka');

/**
 * The package `@platformatic/kafka`, which only those install who use it.
 * @throws MR_MISSING_PACKAGE
 */
export const loadPlatformatic = (load: () => Promise<Library> = () => import('@platformatic/kafka')) =>
  loadPackage('Kafka', '@platformatic/kafka', load);
