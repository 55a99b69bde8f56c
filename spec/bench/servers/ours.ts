import express, { type Express } from 'express';
import { memoryStore, oauthRouter, type Client, type KeyOption, type OAuthRouterOptions } from '../../../lib';
import { openStore, type StoreKind } from './stores';

export interface OursConfig {
  readonly issuer: string;
  readonly keys: readonly KeyOption[];
  readonly client: Client;
  readonly user: { readonly id: string; readonly name: string; readonly password: string };
  readonly accessToken?: OAuthRouterOptions['accessToken'];
  readonly store?: StoreKind;
  /** Of the memory store. */
  readonly maxEntries?: number;
}

/** This package, in the configuration that a row names. */
export default async function ours({ issuer, keys, client, user, accessToken, store, maxEntries }: OursConfig): Promise<Express> {
  const opened = store === undefined ? memoryStore(maxEntries === undefined ? {} : { maxEntries }) : await openStore(store);
  const oauth = oauthRouter({
    issuer,
    keys,
    findClient: (id) => (id === client.id ? client : undefined),
    verifyUser: (username, password) => (username === user.name && password === user.password ? { id: user.id } : undefined),
    onEvent: (event) => {
      if (event.type === 'fault') console.error(event);
    },
    ...(accessToken === undefined ? {} : { accessToken }),
    store: opened,
  });
  const app = express();
  app.use('/oauth', oauth);
  app.get('/files', oauth.requireBearer('storage'), (req, res) => {
    res.json({ for: req.auth?.subject });
  });
  return app;
}
