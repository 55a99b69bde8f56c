import type { Ask } from '../ask';
import type { Authorization } from '../authorization';
import { after, type Awaitable } from '../awaitable';
import { createId } from '../ids';
import { random } from '../random';
import { readTokenContent } from '../stores/answers';
import type { TokenStore } from '../stores/store';
import { fromClaims, RESERVED_CLAIMS, toClaims, type AccessToken } from './claims';
import { createGenerations } from './generations';
import { hashToken } from './hash';
import { signJwt, type Json } from './jws';
import type { KeyRing, VerificationKey } from './keys';
import type { Revocations } from './revocations';
import { isInForce, verifyJwt } from './verify-jwt';

export interface AccessTokenSettings {
  readonly format: 'jwt' | 'opaque';
  /** Seconds. */
  readonly lifetime: number;
  /** What a token is for when the request names no resource; also what `requireBearer` here accepts. */
  readonly audience: readonly string[];
  readonly claims: ((authorization: Authorization) => Awaitable<Readonly<Record<string, unknown>>>) | undefined;
}

export interface IssuedToken {
  readonly token: string;
  readonly id: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** The two ways of an access token: an authorization goes in, the same authorization comes back out. */
export interface AccessTokens {
  /** `begun`: when its request began, as `Revocations.issueTime` told it; default now. */
  issue(authorization: Authorization, lifetime: number, begun?: number): Awaitable<IssuedToken>;
  /** The token, if it is ours, in force and not revoked. */
  verify(token: string): Awaitable<AccessToken | undefined>;
  /** The same on what the store knows at this moment: for an answer that others will rely on. */
  introspect(token: string): Awaitable<AccessToken | undefined>;
  /** Its own word on the token's identity: verified, but perhaps expired or revoked. */
  read(token: string): Awaitable<AccessToken | undefined>;
}

interface Parts {
  readonly issuer: string;
  readonly settings: AccessTokenSettings;
  readonly keys: KeyRing;
  readonly store: Pick<TokenStore, 'saveAccessToken' | 'findAccessToken'>;
  readonly revocations: Revocations;
  readonly ask: Ask;
}

/** Tokens that were verified before are remembered, not trusted: time, key and revocation are looked at each time. */
const REMEMBERED = 10_000;
const OPAQUE = /^at_[A-Za-z0-9_-]{43}$/;

interface Known {
  readonly token: AccessToken;
  /** The key that signed it; an opaque token has none. */
  readonly key: VerificationKey | undefined;
}

export function createAccessTokens({ issuer, settings, keys, store, revocations, ask }: Parts): AccessTokens {
  const remembered = createGenerations<Known>(REMEMBERED);

  const fromStore = (hash: string): Awaitable<Known | undefined> =>
    after(ask('store.findAccessToken', () => store.findAccessToken(hash)), (answer) => {
      const content = readTokenContent(answer);
      const claims = content === undefined ? undefined : readContent(content, issuer);
      const read = claims && fromClaims(claims);
      return read && { token: read, key: undefined };
    });
  const find = (token: string): Awaitable<Known | undefined> => {
    const hash = hashToken(token);
    const known = remembered.get(hash);
    if (known && (known.key === undefined || keys.all().includes(known.key))) return known;
    return after(OPAQUE.test(token) ? fromStore(hash) : verifyJwt(token, issuer, keys.all()), (found) => {
      if (found) remembered.set(hash, found);
      return found;
    });
  };
  /** 256 random bits under a prefix that secret scanners can look for; the store gets the hash and what the token stands for. */
  const saveOpaque = (claims: Json, expiresAt: number): Awaitable<string> => {
    const token = `at_${random(32).toString('base64url')}`;
    const content = writeContent(issuer, claims);
    return after(ask('store.saveAccessToken', () => store.saveAccessToken(hashToken(token), content, expiresAt * 1000)), () => token);
  };
  const read = (token: string): Awaitable<AccessToken | undefined> => after(find(token), (known) => known?.token);

  return {
    read,
    verify: (token) =>
      after(read(token), (found) => {
        if (!found || !isInForce(found)) return undefined;
        return after(revocations.covers(found), (revoked) => (revoked ? undefined : found));
      }),
    introspect: (token) =>
      after(read(token), (found) => {
        if (!found || !isInForce(found)) return undefined;
        return after(revocations.coversNow(found), (revoked) => (revoked ? undefined : found));
      }),
    issue: (authorization, lifetime, begun = revocations.issueTime()) =>
      after(extraClaims(settings, authorization, ask), (extra) => {
        const issuedAt = Math.floor(Date.now() / 1000);
        const id = createId(begun);
        const issue = { id, issuedAt, expiresAt: issuedAt + lifetime, extra };
        const token =
          settings.format === 'jwt'
            ? signJwt(toClaims(authorization, { issuer, ...issue }), 'at+jwt', keys.signing())
            : saveOpaque(toClaims(authorization, issue), issue.expiresAt);
        return after(token, (text) => ({ token: text, id, expiresIn: lifetime }));
      }),
  };
}

/** Claims under the name of their issuer: where two share a store, neither takes the other's tokens. A name is kept once for many by some stores. */
const writeContent = (issuer: string, claims: Json): string => JSON.stringify({ [issuer]: claims });
const readContent = (content: string, issuer: string): Json | undefined => (JSON.parse(content) as Readonly<Record<string, Json | undefined>>)[issuer];

function extraClaims({ claims }: AccessTokenSettings, authorization: Authorization, ask: Ask): Awaitable<Json | undefined> {
  if (claims === undefined) return undefined;
  return after(ask('accessToken.claims', () => claims(authorization)), (extra: unknown) => {
    if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) throw new TypeError('accessToken.claims must answer an object of claims');
    const taken = Object.keys(extra).find((name) => RESERVED_CLAIMS.has(name));
    if (taken !== undefined) throw new TypeError(`accessToken.claims must not set ${taken}: that claim is the server's own`);
    return { ...extra };
  });
}
