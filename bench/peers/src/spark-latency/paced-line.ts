/** Bytes of each line that is sent, its end included. */
export const LINE_BYTES = 100;
/** Digits of the ms since the epoch that it begins with. */
export const DIGITS = 13;
