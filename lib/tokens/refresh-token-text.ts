import { createHmac, timingSafeEqual } from 'node:crypto';
import { random } from '../random';
import type { Family } from '../stores/store';

/** `<family id>.<nonce><seal>`: 192 bits that make the token, 144 that prove the family made it. */
const TOKEN = /^(?<id>[A-Za-z0-9_-]{32})\.(?<nonce>[A-Za-z0-9_-]{32})(?<sealed>[A-Za-z0-9_-]{24})$/;
const NONCE = 32;
const SEAL = 24;

/** What makes a seal. The issuer is in it, as it is in a JWT: where two share a store, neither takes the other's tokens. */
export interface Sealer extends Pick<Family, 'id' | 'secret'> {
  readonly issuer: string;
}

export interface RefreshTokenParts {
  readonly id: string;
  readonly nonce: string;
  readonly sealed: string;
}

export const createFamilySecret = (): string => random(24).toString('base64url');

export const firstToken = (sealer: Sealer): string => seal(random(24).toString('base64url'), sealer);

/** The same one each time: a client whose answer was lost gets it again. Only the family's secret tells it from the token before. */
export const successorOf = (presented: string, sealer: Sealer): string => seal(hmac(sealer.secret, presented).slice(0, NONCE), sealer);

export const parseRefreshToken = (presented: string): RefreshTokenParts | undefined => TOKEN.exec(presented)?.groups as RefreshTokenParts | undefined;

/** Whether the family made this token: a guess must not be able to end a family as a replayed token does. */
export const isSealed = ({ nonce, sealed }: RefreshTokenParts, sealer: Sealer): boolean => timingSafeEqual(Buffer.from(sealed), Buffer.from(sealOf(nonce, sealer)));

const sealOf = (nonce: string, { secret, issuer }: Sealer): string => hmac(secret, `seal${nonce}${issuer}`).slice(0, SEAL);

const seal = (nonce: string, sealer: Sealer): string => `${sealer.id}.${nonce}${sealOf(nonce, sealer)}`;

const hmac = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
