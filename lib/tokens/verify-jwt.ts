import { fromClaims, type AccessToken } from './claims';
import { isAccessTokenHeader } from './header';
import { findSigner, parseJws, type UnverifiedJws } from './jws';
import type { VerificationKey } from './keys';

/** How far the clock of the issuer may be ahead of ours, in seconds. */
const CLOCK_TOLERANCE = 10;

/** A JWT access token whose signature, type, issuer and claims are in order; its time is looked at each time it is used. */
export interface VerifiedJwt {
  readonly token: AccessToken;
  readonly key: VerificationKey;
}

/** Takes apart a JWT that says that it is an access token of this issuer (RFC 9068 §4); nobody has looked at its signature yet. */
export function readJwt(token: string, issuer: string): UnverifiedJws | undefined {
  const jws = parseJws(token);
  return jws && isAccessTokenHeader(jws.header) && jws.payload.iss === issuer ? jws : undefined;
}

/** Verifies what `readJwt` read, but for its audience, its time and whether it was revoked. */
export function verifyJws(jws: UnverifiedJws, keys: readonly VerificationKey[]): VerifiedJwt | undefined {
  const key = findSigner(jws, keys);
  const read = key && fromClaims(jws.payload);
  return read && { token: read, key };
}

/** Both in one. */
export function verifyJwt(token: string, issuer: string, keys: readonly VerificationKey[]): VerifiedJwt | undefined {
  const jws = readJwt(token, issuer);
  return jws && verifyJws(jws, keys);
}

/** Whether a token is in force now (RFC 7519 §4.1.4 to §4.1.6). `late`: seconds that our clock may be ahead of the issuer's. */
export function isInForce({ issuedAt, expiresAt, notBefore }: AccessToken, late = 0): boolean {
  const now = Date.now() / 1000;
  return now < expiresAt + late && issuedAt <= now + CLOCK_TOLERANCE && (notBefore ?? 0) <= now + CLOCK_TOLERANCE;
}

/** Whether a token is meant for one of these resources (RFC 9068 §4), by exact comparison. */
export const isMeantFor = ({ audience }: AccessToken, resources: readonly string[]): boolean =>
  audience.some((one) => resources.includes(one));
