import { bearerGet, CLIENT_ID, ISSUER, KEYS, SCOPE, SECRET, SECRET_SHA256, signToken, type Alg } from '../fixtures';
import { peer } from '../peers';
import type { Load, Row } from '../row';
import { credentials, firstSight, seen } from './ours';

interface Told {
  readonly alg?: Alg;
  readonly format?: 'jwt' | 'opaque';
  /** A key object made once, where a key as text costs more at each request. */
  readonly keyObject?: true;
  readonly cache?: true;
  readonly alone?: true;
  readonly peer?: string;
  readonly token?: string;
}

const common = { issuer: ISSUER, id: CLIENT_ID, clientSecret: SECRET, secretSha256: SECRET_SHA256, scope: SCOPE };
const told = (more: Told): object => ({ ...common, alg: 'HS256', key: KEYS[more.alg ?? 'HS256'].verify, ...more });

const token = (name: string, module: string, more: Told = {}, rest: Partial<Row> = {}): Row => ({
  name, floor: 'form', peer: true, server: peer(`${module}.mjs`, told(more)), load: credentials, ...rest,
});
const guard = (name: string, more: Told & { readonly peer: string }, load: () => Load = seen(more.alg ?? 'HS256'), rest: Partial<Row> = {}): Row => ({
  name, floor: 'bare', peer: true, server: peer('bearer.mjs', told(more)), load, ...rest,
});
const born = (row: Row): Row => ({ ...row, name: `${row.name}, createServer`, server: { ...row.server, born: true }, slow: true });
const slow = { slow: true } as const;

const orize = token('oauth2orize, HS256, key object', 'oauth2orize', { keyObject: true });
const orizeOpaque = token('oauth2orize, opaque', 'oauth2orize', { format: 'opaque' });

export const tokenPeers: readonly Row[] = [
  token('@node-oauth/express-oauth-server, HS256', 'express-oauth-server', {}, slow),
  token('@node-oauth/express-oauth-server, HS256, key object', 'express-oauth-server', { keyObject: true }),
  token('@node-oauth/express-oauth-server, opaque', 'express-oauth-server', { format: 'opaque' }, slow),
  token('oauth2orize, HS256', 'oauth2orize', {}, slow),
  orize,
  orizeOpaque,
  born(orize),
  born(orizeOpaque),
  token('oidc-provider in Express, HS256', 'oidc-provider', {}, slow),
  token('oidc-provider in Express, opaque', 'oidc-provider', { format: 'opaque' }, slow),
  token('oidc-provider on Koa, opaque', 'oidc-provider', { format: 'opaque', alone: true }, slow),
  token('@jmondi/oauth2-server, HS256', 'jmondi', {}, slow),
  token('@jmondi/oauth2-server, HS256, key object', 'jmondi', { keyObject: true }),
];

const known = signToken('HS256');
export const bearerPeers: readonly Row[] = [
  guard('express-oauth2-jwt-bearer, HS256', { peer: 'express-oauth2-jwt-bearer' }),
  guard('express-oauth2-jwt-bearer, RS256', { peer: 'express-oauth2-jwt-bearer', alg: 'RS256' }, undefined, slow),
  guard('express-jwt, HS256', { peer: 'express-jwt' }, undefined, slow),
  guard('express-jwt, HS256, key object', { peer: 'express-jwt', keyObject: true }),
  guard('passport-jwt, HS256', { peer: 'passport-jwt' }, undefined, slow),
  guard('passport-jwt, HS256, key object', { peer: 'passport-jwt', keyObject: true }),
  guard('passport-http-bearer, a token in a Map', { peer: 'passport-http-bearer', token: known }, () => ({ requests: [bearerGet(known)], expect: '"for":"user-1"' }), slow),
  guard('jsonwebtoken, HS256, key object', { peer: 'jsonwebtoken', keyObject: true }, undefined, slow),
  guard('fast-jwt, HS256, cache', { peer: 'fast-jwt', cache: true }),
  guard('fast-jwt, ES256, cache', { peer: 'fast-jwt', alg: 'ES256', cache: true }, undefined, slow),
  guard('fast-jwt, HS256, first sight', { peer: 'fast-jwt' }, firstSight('HS256')),
  guard('fast-jwt, ES256, first sight', { peer: 'fast-jwt', alg: 'ES256' }, firstSight('ES256'), slow),
  guard('fast-jwt, RS256, first sight', { peer: 'fast-jwt', alg: 'RS256' }, firstSight('RS256'), slow),
];
