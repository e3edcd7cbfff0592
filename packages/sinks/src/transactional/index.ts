export { type BatchReceipts, batchReceipts } from './batch-receipts.ts';
export { layoutError } from './layout-error.ts';
export type { Receipt, ReceiptId, TargetTransaction, TransactionalTarget } from './target.ts';
export { type TransactionalSinkOptions, transactionalSink } from './transactional-sink.ts';
