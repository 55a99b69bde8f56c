import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import express from 'express';
import { Provider } from 'oidc-provider';

/** By its README and docs: client credentials and resource indicators on, mounted in Express or served by itself, on Koa. */
export default function oidcProvider({ issuer, id, clientSecret, scope, key, format, alone }) {
  const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const token = format === 'opaque' ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'HS256', key: createSecretKey(Buffer.from(key)) } } };
  const provider = new Provider(issuer, {
    clients: [{ client_id: id, client_secret: clientSecret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: 'ES256', scope }],
    scopes: [scope],
    jwks: { keys: [signing] },
    ttl: { ClientCredentials: 3600 },
    routes: { token: alone ? '/oauth/token' : '/token' },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, defaultResource: () => issuer, getResourceServerInfo: () => ({ scope, audience: issuer, accessTokenTTL: 3600, ...token }) },
    },
  });
  if (alone) return provider.callback();
  const app = express();
  app.use('/oauth', provider.callback());
  return app;
}
