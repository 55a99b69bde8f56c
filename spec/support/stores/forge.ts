import { createHash, createHmac } from 'node:crypto';
import { ISSUER } from '../app';

/** What a store keeps of a token. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** What who holds a family's id and secret can build: a refresh token under its seal, around any 24 bytes. */
export function forgeRefreshToken({ id, secret }: { readonly id: string; readonly secret: string }, nonce: Buffer): string {
  const text = nonce.toString('base64url');
  const seal = createHmac('sha256', secret).update(`seal${text}${ISSUER}`).digest('base64url').slice(0, 24);
  return `${id}.${text}${seal}`;
}

/** The refresh token that follows one whose text is known. */
export const forgeSuccessor = (family: { readonly id: string; readonly secret: string }, presented: string): string =>
  forgeRefreshToken(family, createHmac('sha256', family.secret).update(presented).digest().subarray(0, 24));
