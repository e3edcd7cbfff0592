export { type Aggregate, defineAggregate, fromReduce } from './aggregate.ts';
export * from './aggregates/index.ts';
export { type Block, isBlock, linesBlock } from './block.ts';
export {
  type Codec,
  codecOf,
  codecs,
  columnsCodec,
  type DecodedPairs,
  decodePairs,
  type EncodeOptions,
  type EncodePairsOptions,
  encodePairs,
  linesCodec,
  msgpackCodec,
  registerCodec,
} from './codec.ts';
export { compareValues } from './compare.ts';
export { HASH_VERSION, hashKey } from './hash.ts';
export { type LookupKey, lookupKey, ownedKey } from './key.ts';
export {
  customPartitioner,
  describePartitioner,
  hashPartitioner,
  type Partitioner,
  rangePartitioner,
  samePartitioner,
} from './partitioner.ts';
