import { randomBytes } from 'node:crypto';
import { AuthorizationServer, DateInterval, JwtService } from '@jmondi/oauth2-server';
import { handleExpressError, handleExpressResponse, requestFromExpress } from '@jmondi/oauth2-server/express';
import express from 'express';
import { boundedMap, isSecretRight, keyOf } from './common.mjs';

/** By its README: three repositories and a key; it makes JWTs alone. */
export default function jmondi(config) {
  const tokens = boundedMap();
  const scope = { name: config.scope };
  const client = { id: config.id, name: config.id, redirectUris: [], allowedGrants: ['client_credentials'], scopes: [scope] };
  const clients = {
    getByIdentifier: async () => client,
    isClientValid: async (_grant, { id }, secret) => id === config.id && isSecretRight(secret, config),
  };
  const accessTokens = {
    issueToken: async (of, scopes) => ({ accessToken: randomBytes(24).toString('base64url'), accessTokenExpiresAt: new DateInterval('1h').getEndDate(), client: of, scopes }),
    persist: async (token) => tokens.set(token.accessToken, token),
  };
  const scopes = { getAllByIdentifiers: async (names) => (names.includes(scope.name) ? [scope] : []), finalize: async (found) => found };
  const key = keyOf(config);
  const server = new AuthorizationServer(clients, accessTokens, scopes, config.keyObject ? new JwtService(key) : key, { issuer: config.issuer });
  server.enableGrantType('client_credentials');
  const app = express();
  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));
  app.post('/oauth/token', async (req, res) => {
    try {
      handleExpressResponse(res, await server.respondToAccessTokenRequest(requestFromExpress(req)));
    } catch (error) {
      handleExpressError(error, res);
    }
  });
  return app;
}
