/*
 * `@millrace/sources/files`: batches from text files.
 */
export type { FilePath } from './text-file.ts';
export { TextFileInputDStream, type TextFileOptions, textFileBatches } from './text-file-batches.ts';
