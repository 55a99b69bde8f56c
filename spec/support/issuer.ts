import type { AddressInfo } from 'node:net';
import { oauthRouter, type Client, type OAuthRouter, type OAuthRouterOptions } from '../../lib';
import { AUDIENCE_1, EXPRESS, listen, makeClients, PASSWORD, U1 } from './app';
import { forThisTest } from './for-this-test';
import { TEST_KEYS } from './jwt';

export interface RealIssuer {
  /** Its identifier. */
  readonly issuer: string;
  readonly url: string;
  readonly port: number;
  readonly oauth: OAuthRouter;
  readonly clients: Map<string, Client>;
  count(path: string): number;
  close(): Promise<void>;
}

/** Where an issuer stands: by which name of this machine, and under which path. */
export interface Place {
  readonly host?: '127.0.0.1' | 'localhost';
  readonly path?: string;
}

/** An issuer made with `oauthRouter` that knows its own URL; its tokens are for `AUDIENCE_1`. */
export async function realIssuer(options: Partial<OAuthRouterOptions> = {}, port = 0, { host = '127.0.0.1', path = '/oauth' }: Place = {}): Promise<RealIssuer> {
  const hits: string[] = [];
  const app = EXPRESS[5]();
  app.use((req, _res, next) => {
    hits.push(req.path);
    next();
  });
  const server = await listen(app, port);
  const url = `http://${host}:${String((server.address() as AddressInfo).port)}`;
  const clients = makeClients();
  const oauth = oauthRouter({
    issuer: `${url}${path}`,
    keys: TEST_KEYS,
    accessToken: { audience: AUDIENCE_1 },
    findClient: (id) => clients.get(id),
    verifyUser: (username, password) => (username === 'U1' && password === PASSWORD ? U1 : undefined),
    onEvent: () => undefined,
    ...options,
  });
  app.use(path || '/', oauth);
  app.use(oauth.wellKnown);
  const made = {
    issuer: `${url}${path}`,
    url,
    port: (server.address() as AddressInfo).port,
    oauth,
    clients,
    count: (path: string) => hits.filter((hit) => hit === path).length,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await oauth.close();
    },
  };
  return forThisTest(made);
}
