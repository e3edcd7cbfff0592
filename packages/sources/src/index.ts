/*
 * Types of all sources. The sources themselves have an entry point each, so that a job loads only what it reads from.
 */
export type { CsvOptions, CsvType } from './csv/index.ts';
export type {
  BadRow,
  BytesOptions,
  Decoded,
  Decoder,
  FixedDecoder,
  JsonLinesOptions,
  LinesDecoder,
  OnBadRow,
  Origin,
  StreamDecoder,
} from './decode/index.ts';
export type {
  FileInputDStream,
  FilePath,
  FileSelection,
  FileStreamOptions,
  FoundFile,
  NewFileQuestion,
  TextFile,
  TextFileInputDStream,
  TextFileOptions,
} from './files/index.ts';
export type { BodyFormat, HttpAddress, HttpAuth, HttpInputDStream, HttpOptions } from './http/index.ts';
export type { AnyIterable, IterableInputDStream, IterableOptions, IterableSource } from './iterable/index.ts';
export type {
  CommitCallback,
  ConsumerStrategy,
  DirectStreamOptions,
  KafkaInputDStream,
  KafkaReadOptions,
  KafkaReceiverOptions,
  KafkaRecord,
  OffsetRange,
  OnDataLoss,
  StartingOffsets,
} from './kafka/index.ts';
export type { MakeRecord, RateInputDStream, RateOptions } from './rate/index.ts';
export type {
  DecodeOptions,
  Framer,
  Framing,
  LengthPrefix,
  LineOptions,
  ListenAddress,
  ListenOptions,
  OnBadRecord,
  OnLongLine,
  SocketOptions,
  SocketServerInputDStream,
  SocketServerOptions,
  SocketServerTextOptions,
  SocketStreamOptions,
  SocketTextOptions,
  TakeFrame,
} from './sockets/index.ts';
export type { Decode, Fresh, OnBadMessage, WebSocketOptions } from './web-socket/index.ts';
