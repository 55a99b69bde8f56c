import { createHash, createSecretKey } from 'node:crypto';
import { after, type Awaitable } from '../awaitable';
import type { KnownClient } from '../clients/client';
import type { Granted } from '../grants/grant';
import { algorithm, isAlg, keyProblem, type Alg } from './algorithms';
import { signJwt, type Json, type Signer } from './jws';
import type { KeyRing } from './keys';

export interface IdTokens {
  /** The id_token that goes with an access token, where `openid` was granted and there is a user (OpenID Connect Core §2). */
  issue(client: KnownClient, granted: Granted, accessToken: string): Awaitable<string | undefined>;
}

interface Parts {
  readonly issuer: string;
  readonly keys: KeyRing;
  readonly lifetime: (client: KnownClient) => number;
}

export function createIdTokens({ issuer, keys, lifetime }: Parts): IdTokens {
  return {
    issue(client, { authorization, user }, accessToken) {
      const { userId, scopes, authTime } = authorization;
      if (userId === undefined || !scopes.includes('openid')) return undefined;
      const signer = signerFor(client, keys);
      const iat = Math.floor(Date.now() / 1000);
      const claims = {
        ...withoutReserved(user?.claims),
        iss: issuer,
        sub: subject(userId),
        aud: client.id,
        iat,
        exp: iat + lifetime(client),
        auth_time: authTime ?? iat,
        at_hash: accessTokenHash(accessToken, signer.alg),
      };
      return after(signJwt(claims, 'JWT', signer), (token) => token);
    },
  };
}

/** OpenID Connect Core §2: at most 255 ASCII characters. */
function subject(userId: string): string {
  if (/^[\x20-\x7E]{1,255}$/.test(userId)) return userId;
  throw new TypeError('User.id must be at most 255 ASCII characters where openid is granted: it is the sub of the id_token');
}

/** Core §3.1.3.6: the left half of the hash of the access token, by the hash of the signature. */
export function accessTokenHash(accessToken: string, alg: Alg): string {
  const digest = createHash(algorithm(alg).hash).update(accessToken, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** What the client asked for in its registration, else the key that signs, or the first after it that the client can verify with. */
function signerFor(client: KnownClient, keys: KeyRing): Signer {
  const alg = client.idTokenAlg ?? keys.all().find(({ verifyWith }) => verifyWith.type === 'public')?.alg;
  if (alg === undefined) {
    throw new TypeError(
      `client ${JSON.stringify(client.id)} cannot verify an id_token that the server's own secret signs: add a key with a public half to ` +
        'the option keys, or give the client idTokenAlg HS256 and its secret',
    );
  }
  const signer = isAlg(alg) && algorithm(alg).kind === 'hmac' ? clientSecretSigner(client, alg) : keys.signingWith(alg);
  if (signer !== undefined) return signer;
  throw new TypeError(`client ${JSON.stringify(client.id)} wants id_tokens with ${alg}: add a key of that algorithm to the option keys`);
}

/** Core §10.1: the octets of the client's secret, which it must share in plain. */
function clientSecretSigner({ id, secret }: KnownClient, alg: Alg): Signer {
  if (secret === undefined) throw new TypeError(`client ${JSON.stringify(id)} wants id_tokens with ${alg}: findClient must answer its secret in plain`);
  const signWith = createSecretKey(Buffer.from(secret));
  const problem = keyProblem(alg, signWith);
  if (problem !== undefined) throw new TypeError(`client ${JSON.stringify(id)}: ${problem}`);
  return { alg, signWith };
}

/** What the server itself says in an id_token; `nonce` and `azp` have no source in these grants, and a `toJSON` would speak for all. */
const RESERVED = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'at_hash', 'nonce', 'azp', 'acr', 'amr', 'sid', 'toJSON']);

export function withoutReserved(claims: Json | undefined): Json {
  return Object.fromEntries(Object.entries(claims ?? {}).filter(([name]) => !RESERVED.has(name)));
}
