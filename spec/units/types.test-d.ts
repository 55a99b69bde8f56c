// What a TypeScript app may write and what it may not: the compiler is the test (npm run types). Nothing here runs.
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import express, { type Request, type RequestHandler } from 'express';
import express4 from 'express4';
import type { JWK } from 'jose';
import {
  getAuth, hashSecret, memoryStore, oauthRouter, OAuthError, resourceServer,
  type Alg, type Auth, type Authorization, type Client, type Grant, type KeyOption, type OAuthEvent, type OAuthRouter, type OAuthRouterOptions, type RequestAuth, type RequireBearer, type TokenStore, type User, type VerifyUser,
} from '../../lib';

/** Compiles where both are the same type, and not where one merely fits into the other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(proof: Same<A, B>): void;

declare const req: Request;
declare const oauth: OAuthRouter;
declare const clients: Map<string, Client>;
const minimal: OAuthRouterOptions = { issuer: 'https://api.example.com/oauth', findClient: (id) => clients.get(id) };

export function requestAuth(): void {
  same<typeof req.auth, RequestAuth | undefined>(true);
  // @ts-expect-error -- a route may have no requireBearer
  void req.auth.subject;
  const { auth } = req;
  if (auth === undefined) return;
  same<typeof auth.token, string>(true);
  same<typeof auth.clientId, string>(true);
  // The rest may be missing: another package may have put its own there.
  same<typeof auth.subject, string | undefined>(true);
  same<typeof auth.expiresAt, number | undefined>(true);
  same<typeof auth.claims, Readonly<Record<string, unknown>> | undefined>(true);
  // @ts-expect-error -- frozen
  auth.clientId = 'other';
  // @ts-expect-error -- nothing that a token has
  void auth.admin;
}

export function everyFieldOfGetAuth(): void {
  const auth = getAuth(req);
  same<typeof auth, Auth>(true);
  same<typeof auth.subject, string>(true);
  same<typeof auth.expiresAt, number>(true);
  same<typeof auth.claims, Readonly<Record<string, unknown>>>(true);
  same<typeof auth.userId, string | undefined>(true);
  same<typeof auth.resource, URL | undefined>(true);
  same<typeof auth.extra, Readonly<Record<string, unknown>> | undefined>(true);
  auth.subject.startsWith('user');
  // @ts-expect-error -- no user may stand behind the token
  auth.userId.startsWith('user');
  // @ts-expect-error -- frozen
  auth.scopes = [];
  // @ts-expect-error -- frozen
  auth.claims['sub'] = 'admin';
  // @ts-expect-error -- a claim is anything until it is looked at
  auth.claims['tenant'].toUpperCase();
  // @ts-expect-error -- of a request, not of its parts
  getAuth(req.headers);
}

/** The MCP SDK takes `req.auth` as it stands, and what `getAuth` answers. */
export function authInfo(transport: (incoming: IncomingMessage & { auth?: AuthInfo }) => void): AuthInfo {
  transport(req);
  const asked: AuthInfo = getAuth(req);
  // And the other way: what the SDK's own middleware puts there is a `req.auth` of ours.
  const theirs: RequestAuth = asked;
  return theirs;
}

export function requireBearer(): void {
  const app = express();
  const older = express4();
  for (const bearer of [oauth.requireBearer, resourceServer({ issuer: 'https://api.example.com/oauth', audience: 'https://files.example.com/' }).requireBearer]) {
    same<typeof bearer, RequireBearer>(true);
    const handlers: readonly RequestHandler[] = [bearer(), bearer('a')];
    app.use(...handlers).use(bearer()).use([bearer(), handlers[0]!]);
    bearer([]);
    bearer(['a', 'b'] as const, { any: true, user: true, optional: false });
    // @ts-expect-error -- one list, not several arguments
    bearer('a', 'b');
    // @ts-expect-error -- no such option
    bearer('a', { users: true });
    // @ts-expect-error -- true or false
    bearer('a', { user: 'yes' });
    // @ts-expect-error -- scopes come first
    bearer({ user: true });
    // @ts-expect-error -- a scope is a text
    bearer(1);
    // @ts-expect-error -- nothing is not a scope
    bearer(null);
    // @ts-expect-error -- two arguments
    bearer('a', {}, 'b');
    // @ts-expect-error -- a Set is no list
    bearer(new Set(['a']));
  }
  app.use('/oauth', oauth).use(oauth.wellKnown);
  app.get('/files/:id', oauth.requireBearer('a'), (request, res) => {
    // As the path says, although another handler stands before this one.
    same<typeof request.params.id, string>(true);
    res.json(getAuth(request).subject);
  });
  // Types of its own for body and query, and a name for those of the path.
  interface Params { readonly id: string }
  app.post<Params, { done: boolean }, { name: string }, { page: string }>('/files/:id', oauth.requireBearer('a'), (request, res) => {
    same<[typeof request.body.name, typeof request.query.page], [string, string]>(true);
    res.json({ done: getAuth(request).subject === request.params.id });
  });
  older.get('/files/:id', oauth.requireBearer('a'), (request, res) => {
    same<typeof request.params.id, string>(true);
    res.json({ subject: getAuth(request).subject, client: request.auth?.clientId });
  });
}

export function options(): void {
  oauthRouter(minimal);
  // @ts-expect-error -- the issuer is required
  oauthRouter({ findClient: () => undefined });
  // @ts-expect-error -- findClient is required
  oauthRouter({ issuer: 'https://api.example.com/oauth' });
  // @ts-expect-error -- no such option
  oauthRouter({ ...minimal, issuers: [] });
  // @ts-expect-error -- seconds are a number
  oauthRouter({ ...minimal, timeout: '10' });
  // @ts-expect-error -- jwt or opaque
  oauthRouter({ ...minimal, accessToken: { format: 'paseto' } });
  // @ts-expect-error -- claims are an object
  oauthRouter({ ...minimal, accessToken: { claims: () => 'admin' } });
  // @ts-expect-error -- a user has an id
  oauthRouter({ ...minimal, verifyUser: () => ({ name: 'mike' }) });
  // @ts-expect-error -- an id is a text
  oauthRouter({ ...minimal, verifyUser: () => ({ id: 7 }) });
  // @ts-expect-error -- yes is a user, not true
  oauthRouter({ ...minimal, verifyUser: () => true });
  // @ts-expect-error -- a client, not its id
  oauthRouter({ ...minimal, findClient: (id) => id });
  // @ts-expect-error -- a store has all its verbs
  oauthRouter({ ...minimal, store: { findFamily: () => undefined } });

  oauthRouter({
    ...minimal,
    findClient: async (id) => clients.get(id),
    verifyUser: (username, password, { client, req: request }) => {
      same<[typeof username, typeof password, typeof client, typeof request], [string, string, Client, Request]>(true);
      return username === 'mike' && password !== '' && client.disabled !== true && request.secure ? { id: '7', scopes: ['a'] as const, claims: { name: 'Mike' } } : undefined;
    },
    findUser: async (userId): Promise<User | undefined> => ({ id: userId }),
    grantScopes: ({ client, user, requested }) => {
      same<typeof user, User | undefined>(true);
      return requested.filter((scope) => (user?.scopes ?? client.scopes).includes(scope));
    },
    accessToken: { format: 'opaque', lifetime: 60, audience: ['https://a.example/', 'https://b.example/'], claims: async ({ userId }) => ({ tenant: userId ?? null }) },
    refreshToken: { idleLifetime: 60, absoluteLifetime: 600, reuseWindow: 0 },
    store: memoryStore(),
    onEvent: (event) => { if (event.type === 'fault') throw event.cause; },
  });
}

export function refusals(): VerifyUser {
  return (username) => {
    throw new OAuthError(username === '' ? 'invalid_grant' : 'account_locked', 'Locked', { status: 423, retryAfter: 60, uri: 'https://help.example.com/' });
  };
}
// @ts-expect-error -- a code is needed
new OAuthError();
// @ts-expect-error -- no such option
new OAuthError('invalid_grant', 'words', { code: 1 });

export const client: Client = { id: 'app', secretHash: ['$2b$10$x', 'sha256:x'], grants: ['password', 'urn:example:own'], scopes: ['a'], authMethod: 'client_secret_post', idTokenAlg: 'HS256', introspection: true, disabled: false };
// @ts-expect-error -- grants are required
export const withoutGrants: Client = { id: 'app', scopes: [] };
// @ts-expect-error -- a list, as the store holds it
export const scopesInOneText: Client = { id: 'app', grants: [], scopes: 'a b' };
// @ts-expect-error -- private_key_jwt is not offered
export const unknownMethod: Client = { id: 'app', grants: [], scopes: [], authMethod: 'private_key_jwt' };
// @ts-expect-error -- never none
export const unsigned: Client = { id: 'app', grants: [], scopes: [], idTokenAlg: 'none' };
// @ts-expect-error -- read by us, changed by no one
client.id = 'other';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
declare const nodeJwk: JsonWebKey;
declare const joseJwk: JWK;
export const keys: readonly KeyOption[] = [
  { alg: 'ES256', privateKey }, { kid: '1', alg: 'RS256', privateKey: 'PEM' }, { alg: 'PS512', privateKey: Buffer.alloc(1) }, { alg: 'ES512', privateKey: nodeJwk }, { alg: 'ES384', privateKey: joseJwk }, { alg: 'HS256', secret: new Uint8Array(32) }, { alg: 'HS512', secret: 'text' },
];
// @ts-expect-error -- no key at all
export const noKey: KeyOption = { alg: 'ES256' };
// @ts-expect-error -- none is no algorithm
export const noneAlg: Alg = 'none';
// @ts-expect-error -- RFC 7518 knows it, this package does not
export const edAlg: Alg = 'EdDSA';

export const grant: Grant = {
  type: 'urn:example:own',
  handle: async (asking, params, { req: request, scopes, resources }) => {
    same<typeof params.code, string | undefined>(true);
    void [asking.id, request.ip, resources];
    return scopes.length > 0 ? { userId: '7', scopes } : undefined;
  },
};
// @ts-expect-error -- a decision, not a token
export const wrongGrant: Grant = { type: 'x', handle: () => 'token' };

export const authorization: Authorization = { clientId: 'app', scopes: ['a'], audience: ['https://a.example/'] };
// @ts-expect-error -- never without an audience
export const nowhere: Authorization = { clientId: 'app', scopes: ['a'] };

export function events(event: OAuthEvent): string {
  switch (event.type) {
    case 'fault':
      same<typeof event.cause, unknown>(true);
      return event.where;
    case 'bearer_refused':
      return event.path;
    case 'login_failed':
      // @ts-expect-error -- no event holds a password
      return event.password;
    default:
      // @ts-expect-error -- no event holds a token
      return event.token;
  }
}

export async function revoking(): Promise<void> {
  await oauth.revoke({ userId: '7' });
  await oauth.revoke({ clientId: 'app' });
  await oauth.revoke({ userId: '7', clientId: 'app' });
  // @ts-expect-error -- ended by user or client; tokens are ended at /revoke
  await oauth.revoke({ token: 'x' });
  // @ts-expect-error -- of whom?
  await oauth.revoke();
}

export function servers(): void {
  const jwks = { issuer: 'https://api.example.com/oauth', audience: ['https://files.example.com/'] };
  resourceServer({ ...jwks, jwks: { maxAge: 60 } });
  resourceServer({ ...jwks, keys: [{ alg: 'ES256', publicKey: 'PEM' }, { alg: 'HS256', secret: 'text' }] });
  resourceServer({ ...jwks, introspection: { clientId: 'RS', clientSecret: 'text', cacheFor: 0 } });
  // @ts-expect-error -- whom is it for?
  resourceServer({ issuer: jwks.issuer });
  // @ts-expect-error -- a private key has no business there
  resourceServer({ ...jwks, keys: [{ alg: 'ES256', privateKey }] });
  // @ts-expect-error -- introspection needs a client
  resourceServer({ ...jwks, introspection: {} });
}

export const store: TokenStore = memoryStore({ maxEntries: 10 });
// @ts-expect-error -- how many
export const endless: TokenStore = memoryStore({ maxEntries: 'all' });
export const hash: Promise<string> = Promise.resolve(hashSecret('secret'));
