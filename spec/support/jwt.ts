import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { KeyOption } from '../../lib';
import { ISSUER } from './app';

const partOf = (token: unknown, part: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split('.')[part] ?? '', 'base64url').toString()) as Record<string, unknown>;

/** The claims of a JWT, unverified. */
export const claimsOf = (token: unknown): Record<string, unknown> => partOf(token, 1);
/** The header of a JWT, unverified. */
export const headerOf = (token: unknown): Record<string, unknown> => partOf(token, 0);

/** A server with `keys: TEST_KEYS` takes what `forge` makes for genuine: whatever it refuses, it refuses for the rest. */
export const TEST_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const TEST_KEYS: readonly KeyOption[] = [{ kid: 'test', alg: 'ES256', privateKey: TEST_KEY.privateKey }];

/** Signs the input of a JWS (RFC 7515 §5.1). */
export type SignInput = (input: string) => Buffer;

export const es256 = (key: KeyObject = TEST_KEY.privateKey): SignInput => (input) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
export const hs256 = (secret: string | Buffer): SignInput => (input) => createHmac('sha256', secret).update(input).digest();

export interface Forgery {
  /** Members to set, or with `undefined` to leave out; text or bytes stand as they are. */
  readonly header?: object | string | Buffer;
  readonly claims?: object | string | Buffer;
  readonly sign?: SignInput;
}

let count = 0;

/** The claims of a good access token of user-1 through C1, with scope `a`. */
export function goodClaims(): Record<string, unknown> {
  const iat = Math.floor(Date.now() / 1000);
  count += 1;
  return { iss: ISSUER, sub: 'user-1', aud: ISSUER, client_id: 'C1', iat, exp: iat + 600, jti: `forged-${String(count)}`, scope: 'a', auth_time: iat };
}

/** An access token that is good in all but what is said here. */
export function forge({ header = {}, claims = {}, sign = es256() }: Forgery = {}): string {
  return signParts(encode({ alg: 'ES256', typ: 'at+jwt', kid: 'test' }, header), encode(goodClaims(), claims), sign);
}

/** A compact JWS of parts that are encoded already, however badly. */
export function signParts(header: string, payload: string, sign: SignInput = es256()): string {
  const input = `${header}.${payload}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

function encode(good: object, part: object | string | Buffer): string {
  if (Buffer.isBuffer(part)) return part.toString('base64url');
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify({ ...good, ...part })).toString('base64url');
}
