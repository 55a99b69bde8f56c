import OAuthServer from '@node-oauth/express-oauth-server';
import express from 'express';
import { boundedMap, isSecretRight, keyOf, signAccessToken } from './common.mjs';

/** By its README: body parsers before it, a model behind it. */
export default function expressOAuthServer(config) {
  const key = keyOf(config);
  const tokens = boundedMap();
  const client = { id: config.id, grants: ['client_credentials'] };
  const model = {
    getClient: (id, secret) => (id === client.id && isSecretRight(secret, config) ? client : undefined),
    getUserFromClient: () => ({ id: client.id }),
    validateScope: (_user, _client, scope) => (scope.every((one) => one === config.scope) ? scope : false),
    saveToken(token, of, user) {
      const saved = { ...token, client: of, user };
      if (config.format === 'opaque') tokens.set(token.accessToken, saved);
      return saved;
    },
    ...(config.format === 'opaque' ? {} : { generateAccessToken: (_client, _user, scope) => signAccessToken(config, key, { scope: scope.join(' ') }) }),
  };
  const oauth = new OAuthServer({ model });
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));
  app.post('/oauth/token', oauth.token());
  return app;
}
