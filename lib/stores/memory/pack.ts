/**
 * Ids and hashes are base64url nearly always; as the bytes they stand for they take a quarter less.
 * It also copies: a slice of a header that is kept would keep the whole header.
 */
const BASE64URL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;
const LONGEST = 512;
/** A character that no byte has: what begins with it is the text itself. */
const PLAIN = '\u0100';

const isBytes = (text: string): boolean => text.length <= LONGEST && BASE64URL.test(text);

/** Of its own: a key may be asked for while a record is being written. */
const keyBytes = Buffer.allocUnsafeSlow(LONGEST);

/** A short key for any text; no two texts share one. */
export const packKey = (text: string): string =>
  isBytes(text) ? keyBytes.toString('latin1', 0, keyBytes.write(text, 'base64url')) : PLAIN + text;

export const unpackKey = (key: string): string =>
  key.startsWith(PLAIN) ? key.slice(1) : Buffer.from(key, 'latin1').toString('base64url');

/** What is shorter gets smaller by two bytes at most. */
const WORTH_PACKING = 12;
/** To hand a text of this length to Node costs as much as to go through it. */
const WORTH_A_CALL = 64;

let bytes = Buffer.allocUnsafeSlow(4096);
let position = 0;

/** Begins a record. Numbers go first, counts and texts after them. */
export function begin(): void {
  position = 0;
}

export function putNumber(value: number | undefined): void {
  position = bytes.writeDoubleLE(value ?? NaN, position);
}

/** A whole number from 0 on, mostly a small one. */
export function putCount(count: number): void {
  let rest = count;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[position++] = (rest % 128) + 128;
  bytes[position++] = rest;
}

/** A text, or none: a count that says how long and of which kind, then its bytes. */
export function putText(text: string | undefined): void {
  const room = position + 16 + (text?.length ?? 0) * 3;
  if (room > bytes.length) bytes = Buffer.concat([bytes], room * 2);
  if (text === undefined) {
    putCount(0);
  } else if (text.length >= WORTH_PACKING && isBytes(text)) {
    putCount(Math.floor((text.length * 3) / 4) * 4 + 1);
    position += bytes.write(text, position, 'base64url');
  } else if (text.length > WORTH_A_CALL || !putAscii(text)) {
    putCount(Buffer.byteLength(text) * 4 + 2);
    position += bytes.write(text, position);
  }
}

/** Puts a text character by character; `false` where it has others than ASCII. */
function putAscii(text: string): boolean {
  const before = position;
  putCount(text.length * 4 + 2);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) {
      position = before;
      return false;
    }
    bytes[position++] = code;
  }
  return true;
}

/** The record as one flat string, a byte a character. */
export const finish = (): string => bytes.toString('latin1', 0, position);

const number = new DataView(new ArrayBuffer(8));

/** The number a record begins with. */
export function firstNumber(record: string): number {
  for (let at = 0; at < 8; at++) number.setUint8(at, record.charCodeAt(at));
  return number.getFloat64(0, true);
}

/** Opens a record, from where the takes below answer its parts in the order of the puts. */
export function open(record: string): void {
  if (record.length > bytes.length) bytes = Buffer.allocUnsafeSlow(record.length * 2);
  bytes.write(record, 0, 'latin1');
  position = 0;
}

export function takeNumber(): number | undefined {
  const value = bytes.readDoubleLE(position);
  position += 8;
  return Number.isNaN(value) ? undefined : value;
}

export function takeCount(): number {
  let count = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = bytes.readUInt8(position++);
    if (byte < 128) return count + byte * unit;
    count += (byte - 128) * unit;
  }
}

export function takeText(): string | undefined {
  const head = takeCount();
  const from = position;
  position += Math.floor(head / 4);
  if (head % 4 === 0) return undefined;
  return bytes.toString(head % 4 === 1 ? 'base64url' : 'utf8', from, position);
}
