export type { Compression } from './compression.ts';
export { type DeadLetterFileOptions, deadLetterFile } from './dead-letter-file.ts';
export { readObjectFile } from './object-file.ts';
export { outputFileName } from './output-file-name.ts';
export {
  type FileOptions,
  saveAsJsonFiles,
  saveAsObjectFiles,
  saveAsTextFiles,
  type TextFilesOptions,
} from './save.ts';
export type { TextEncoding } from './text-encoder.ts';
