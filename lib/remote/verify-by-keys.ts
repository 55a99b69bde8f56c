import { after, type Awaitable } from '../awaitable';
import type { AccessToken } from '../tokens/claims';
import { createGenerations } from '../tokens/generations';
import { hashToken } from '../tokens/hash';
import { isInForce, isMeantFor, readJwt, verifyJws, type VerifiedJwt } from '../tokens/verify-jwt';
import type { KeySource } from './remote-keys';
import { LATE, type Verify } from './verify';

const REMEMBERED = 10_000;

interface Parts {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly keys: KeySource;
}

/** Verifies JWTs of the issuer. One that was verified before is remembered, not trusted: time and key are looked at each time. */
export function createKeyVerifier({ issuer, audience, keys }: Parts): Verify {
  const remembered = createGenerations<VerifiedJwt>(REMEMBERED);

  const ifGood = ({ token }: VerifiedJwt): AccessToken | undefined =>
    isMeantFor(token, audience) && isInForce(token, LATE) ? token : undefined;
  const verify = (token: string, hash: string): Awaitable<AccessToken | undefined> => {
    const jws = readJwt(token, issuer);
    if (!jws) return undefined;
    return after(keys.holding(jws.header.kid), (set) => {
      const found = verifyJws(jws, set);
      const good = found && ifGood(found);
      if (good) remembered.set(hash, found);
      return good;
    });
  };

  return (token) => {
    const hash = hashToken(token);
    const known = remembered.get(hash);
    if (!known) return verify(token, hash);
    return after(keys.all(), (set) => (set.includes(known.key) ? ifGood(known) : verify(token, hash)));
  };
}
