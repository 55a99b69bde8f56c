import { randomBytes } from 'node:crypto';
import express from 'express';
import oauth2orize from 'oauth2orize';
import passport from 'passport';
import { BasicStrategy } from 'passport-http';
import { Strategy as ClientPasswordStrategy } from 'passport-oauth2-client-password';
import { boundedMap, isSecretRight, keyOf, signAccessToken } from './common.mjs';

/** By its README: passport's two strategies, then its token middleware and its error handler. */
export default function oauth2orizeServer(config) {
  const key = keyOf(config);
  const tokens = boundedMap();
  const check = (id, secret, done) => done(null, id === config.id && isSecretRight(secret, config) ? { id } : false);
  passport.use(new BasicStrategy(check));
  passport.use(new ClientPasswordStrategy(check));
  const server = oauth2orize.createServer();
  const issue = (client, scope) => {
    if (config.format !== 'opaque') return signAccessToken(config, key, { scope: scope.join(' ') });
    const token = randomBytes(32).toString('base64url');
    tokens.set(token, { client: client.id, scope, expires: Date.now() + 3_600_000 });
    return token;
  };
  server.exchange(oauth2orize.exchange.clientCredentials((client, scope, done) => {
    if (scope.some((one) => one !== config.scope)) done(null, false);
    else done(null, issue(client, scope), null, { expires_in: 3600, scope: scope.join(' ') });
  }));
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use(passport.initialize());
  app.post('/oauth/token', passport.authenticate(['basic', 'oauth2-client-password'], { session: false }), server.token(), server.errorHandler());
  return app;
}
