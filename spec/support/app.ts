import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express5, { type Express } from 'express';
import express4 from 'express4';
import { oauthRouter, type Client, type OAuthEvent, type OAuthRouter, type OAuthRouterOptions, type User } from '../../lib';
import { sha256Hash } from './hash';

export const EXPRESS = { 4: express4 as unknown as typeof express5, 5: express5 } as const;
export type ExpressMajor = keyof typeof EXPRESS;

export const ISSUER = 'https://auth.example/oauth';
export const AUDIENCE_1 = 'https://files.example/';
export const AUDIENCE_2 = 'https://mail.example/';
export const SECRETS = { C1: 'secret-of-C1', C2: 'secret-of-C2', RS1: 'secret-of-RS1', RS2: 'secret-of-RS2' } as const;
const EVERY_GRANT = ['client_credentials', 'password', 'refresh_token'];

/** The clients of conformance.md 0.2, fresh for every server so that a spec may change its own. */
export function makeClients(): Map<string, Client> {
  const clients: Client[] = [
    { id: 'C1', secretHash: sha256Hash(SECRETS.C1), grants: EVERY_GRANT, scopes: ['a', 'b', 'c', 'A', 'openid'], defaultScopes: ['a'], audiences: [AUDIENCE_1, AUDIENCE_2] },
    { id: 'C2', secretHash: sha256Hash(SECRETS.C2), grants: EVERY_GRANT, scopes: ['a', 'd'] },
    { id: 'P1', public: true, grants: EVERY_GRANT, scopes: ['a', 'b'], defaultScopes: ['a'] },
    { id: 'P2', public: true, grants: ['password', 'refresh_token'], scopes: ['a'] },
    { id: 'RS1', secretHash: sha256Hash(SECRETS.RS1), grants: [], scopes: [], audiences: [AUDIENCE_1], introspection: true },
    { id: 'RS2', secretHash: sha256Hash(SECRETS.RS2), grants: [], scopes: [], audiences: [AUDIENCE_2], introspection: true },
  ];
  return new Map(clients.map((client) => [client.id, client]));
}

export const U1: User = { id: 'user-1', claims: { name: 'User One', email: 'one@example.com' } };
export const PASSWORD = 'pw1';

export interface TestServer {
  readonly url: string;
  readonly app: Express;
  readonly oauth: OAuthRouter;
  readonly clients: Map<string, Client>;
  readonly events: OAuthEvent[];
  close(): Promise<void>;
}

export interface StartOptions {
  readonly express?: ExpressMajor;
  /** Over those that a server here has; `undefined` takes one of those away. */
  readonly oauth?: { readonly [Name in keyof OAuthRouterOptions]?: OAuthRouterOptions[Name] | undefined };
  /** Middleware of the app that runs before the router is mounted. */
  readonly before?: (app: Express, express: typeof express5) => void;
  /** Routes behind the router. */
  readonly routes?: (app: Express, oauth: OAuthRouter) => void;
  readonly mount?: string;
}

/** A real server on a free port of this machine: the router under `/oauth`, a protected route at `/resource`. */
export async function startServer({ express = 5, oauth: options = {}, before, routes, mount = '/oauth' }: StartOptions = {}): Promise<TestServer> {
  const clients = makeClients();
  const events: OAuthEvent[] = [];
  const oauth = oauthRouter({
    issuer: ISSUER,
    findClient: (id) => clients.get(id),
    verifyUser: (username, password) => (username === 'U1' && password === PASSWORD ? U1 : undefined),
    // Specs fail to log in far more often than people do; those about throttling turn it on.
    throttle: false,
    onEvent: (event) => events.push(event),
    ...options,
  } as OAuthRouterOptions);
  const app = EXPRESS[express]();
  before?.(app, EXPRESS[express]);
  app.use(mount, oauth);
  app.get('/resource', oauth.requireBearer('a'), (req, res) => {
    res.json({ auth: req.auth });
  });
  routes?.(app, oauth);
  const server = await listen(app);
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    app,
    oauth,
    clients,
    events,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await oauth.close();
    },
  };
}

/** Listens on this machine alone; port 0 is any that is free. */
export function listen(app: Express, port = 0): Promise<Server> {
  return new Promise((resolve) => {
    const server = app.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
    // SQLite holds a process up for longer than the usual five seconds; then the connection would end under the next request.
    server.keepAliveTimeout = 60_000;
  });
}
