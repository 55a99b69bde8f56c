import { isUtf8 } from 'node:buffer';

/** Text of bytes that must be UTF-8; `undefined` where they are not. */
export const decodeUtf8 = (bytes: Buffer): string | undefined => (isUtf8(bytes) ? bytes.toString() : undefined);
