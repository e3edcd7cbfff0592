/*
 * `@millrace/sources/files`: records of files that appear in directories, and batches from text files that are there.
 */
export { FileInputDStream, type FileStreamOptions } from './file-input-dstream.ts';
export { binaryRecordsStream, fileStream, textFileStream } from './file-stream.ts';
export { type FileSelection, type FoundFile, isNewFile, type NewFileQuestion } from './selection.ts';
export type { FilePath, TextFile } from './text-file.ts';
export { TextFileInputDStream, type TextFileOptions, textFileBatches } from './text-file-batches.ts';
