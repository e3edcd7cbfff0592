export { catalog, type ErrorCode, error } from './catalog.ts';
export { describe, show } from './entry.ts';
export { type ErrorData, fromErrorData, toErrorData } from './error-data.ts';
export { isMillraceError, MillraceError } from './millrace-error.ts';
