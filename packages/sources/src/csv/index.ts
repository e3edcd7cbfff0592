/*
 * `@millrace/sources/csv`: records from CSV, by the package `csv-parse`.
 */
export { type CsvOptions, csv } from './csv.ts';
export type { CsvType } from './csv-type.ts';
