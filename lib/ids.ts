import { random } from './random';

/** Length of an id in characters: 6 bytes of time, 18 random ones (144 bits), base64url. */
export const ID_LENGTH = 32;

/** A new unguessable id that knows the millisecond of its making, so that one revocation can cover all made before it. */
export function createId(at: number): string {
  const bytes = random(24);
  bytes.writeUIntBE(at, 0, 6);
  return bytes.toString('base64url');
}

/** When the id was made, in milliseconds since 1970; 0 for an id of another make. */
export const idTime = (id: string): number =>
  id.length === ID_LENGTH ? Buffer.from(id.slice(0, 8), 'base64url').readUIntBE(0, 6) : 0;
