export { catalog, type ErrorCode, type ErrorParams, error } from './catalog.ts';
export { describe, type SparkClass, show } from './entry.ts';
export { type ErrorData, fromErrorData, toErrorData } from './error-data.ts';
export { isMillraceError, MillraceError, type MillraceErrorOptions } from './millrace-error.ts';
