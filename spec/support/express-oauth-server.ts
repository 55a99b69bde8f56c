import { randomBytes } from 'node:crypto';
import express, { type RequestHandler } from 'express';

interface TheirServer {
  token(options?: object): RequestHandler;
  authenticate(options?: object): RequestHandler;
}
// It ships no types that fit both Express majors.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const OAuthServer = require('@node-oauth/express-oauth-server') as new (options: object) => TheirServer;

interface StoredToken {
  accessToken: string;
  accessTokenExpiresAt?: Date;
  refreshToken?: string;
  refreshTokenExpiresAt?: Date;
  scope?: string[];
  client: object;
  user: object;
}

export const SCOPES = ['read', 'write'];

/** An app as that package's users have it: a model in memory, form parser in front, scopes checked by hand. */
export function theirApp(): express.Express {
  const tokens: StoredToken[] = [];
  const client = { id: 'app', secret: 'app-secret', grants: ['password', 'refresh_token', 'client_credentials'] };
  const model = {
    getClient: (id: string, secret: string | null) => (id === client.id && (secret === null || secret === client.secret) ? client : false),
    getUser: (username: string, password: string) => {
      if (username === 'broken') throw new Error('no connection to db.internal');
      return username === 'mike' && password === 'secret' ? { id: 'mike' } : false;
    },
    getUserFromClient: () => ({ id: 'app' }),
    generateRefreshToken: () => randomBytes(20).toString('hex'),
    saveToken: (token: object, of: object, user: object) => {
      const stored = { ...token, client: of, user } as StoredToken;
      tokens.push(stored);
      return stored;
    },
    getAccessToken: (accessToken: string) => tokens.find((token) => token.accessToken === accessToken) ?? false,
    getRefreshToken: (refreshToken: string) => tokens.find((token) => token.refreshToken === refreshToken) ?? false,
    revokeToken: (token: StoredToken) => {
      const at = tokens.findIndex(({ refreshToken }) => refreshToken === token.refreshToken);
      if (at >= 0) tokens.splice(at, 1);
      return at >= 0;
    },
    validateScope: (_user: object, _client: object, scope?: string[]) => ((scope ?? []).every((one) => SCOPES.includes(one)) ? (scope ?? []) : false),
    verifyScope: (token: StoredToken, scope: string[]) => scope.every((one) => (token.scope ?? []).includes(one)),
  };
  const oauth = new OAuthServer({ model });
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/oauth/token', oauth.token());
  app.get('/read', oauth.authenticate({ scope: ['read'] }), (_req, res) => {
    res.json({ ok: true });
  });
  app.all('/any', oauth.authenticate(), (_req, res) => {
    res.json({ ok: true });
  });
  return app;
}
