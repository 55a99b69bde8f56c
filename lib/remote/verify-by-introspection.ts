import { unavailable } from '../errors';
import { fromClaims, type AccessToken } from '../tokens/claims';
import { createGenerations } from '../tokens/generations';
import { hashToken } from '../tokens/hash';
import type { Json } from '../tokens/jws';
import { isInForce, isMeantFor } from '../tokens/verify-jwt';
import type { Introspect } from './introspect';
import { LATE, type Verify } from './verify';

const REMEMBERED = 10_000;

interface Parts {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly introspect: Introspect;
  /** Seconds for which a good answer is believed. */
  readonly cacheFor: number;
}

interface Believed {
  readonly token: AccessToken;
  readonly until: number;
}

/** Has tokens verified by the issuer (RFC 7662). Good answers are believed for a short time, bad ones not at all. */
export function createIntrospectionVerifier({ issuer, audience, introspect, cacheFor }: Parts): Verify {
  const remembered = createGenerations<Believed>(REMEMBERED);
  const underWay = new Map<string, Promise<AccessToken | undefined>>();

  const ask = async (token: string, hash: string): Promise<AccessToken | undefined> => {
    const askedAt = performance.now();
    const found = readAnswer(await introspect(token), issuer);
    if (!found || !isMeantFor(found, audience) || !isInForce(found, LATE)) return undefined;
    remembered.set(hash, { token: found, until: askedAt + cacheFor * 1000 });
    return found;
  };
  const askOnce = (token: string, hash: string): Promise<AccessToken | undefined> => {
    const answer = ask(token, hash).finally(() => underWay.delete(hash));
    underWay.set(hash, answer);
    return answer;
  };

  return (token) => {
    const hash = hashToken(token);
    const known = remembered.get(hash);
    // RFC 7662 §4: never past `exp`.
    if (known && performance.now() < known.until && isInForce(known.token)) return known.token;
    // What is under way was asked before this request came: whoever believes nothing of the past asks again.
    return cacheFor === 0 ? ask(token, hash) : (underWay.get(hash) ?? askOnce(token, hash));
  };
}

/**
 * The token that an introspection answer describes (RFC 7662 §2.2), if it is an access token of this issuer. It must say all
 * that a JWT would have to: an answer about a refresh token looks much the same, but names no audience.
 */
function readAnswer(answer: Json, issuer: string): AccessToken | undefined {
  const { active, token_type: type, ...claims } = answer;
  if (active === false) return undefined;
  if (active !== true) throw unavailable(new Error('the introspection answer has an active that is neither true nor false'));
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer')) return undefined;
  if (claims.iss !== undefined && claims.iss !== issuer) return undefined;
  return fromClaims(claims);
}
