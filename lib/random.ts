import { randomBytes } from 'node:crypto';

/** Bytes drawn at a time: a call for a few costs twenty times what they do. */
const DRAW = 4096;

let drawn = Buffer.alloc(0);
let used = 0;

/** So many random bytes, which nobody else has got or will get. */
export function random(size: number): Buffer {
  if (used + size > drawn.length) {
    drawn = randomBytes(Math.max(DRAW, size));
    used = 0;
  }
  used += size;
  return drawn.subarray(used - size, used);
}
