/** For `flatMap` over lists: their elements. */
export function elements<T>(list: readonly T[]): readonly T[] {
  return list;
}
