import { testIssuerOf } from '../oauth-router';
import type { OAuthRouter } from '../oauth-router';

export interface TestTokenRequest {
  /** The client the token is for; default `test-client`. It need not exist. */
  readonly clientId?: string;
  /** The user behind it; absent: the client acts for itself. */
  readonly userId?: string;
  readonly scopes?: readonly string[];
  /** Default: the router's own. */
  readonly audience?: readonly string[];
  /** Seconds; default 3600. */
  readonly lifetime?: number;
}

/**
 * An access token that this router's `requireBearer` accepts, without a password, a client or a request:
 * `await request(app).get('/files').auth(await accessTokenFor(oauth, { userId: 'mike', scopes: ['storage'] }), { type: 'bearer' })`.
 */
export async function accessTokenFor(oauth: OAuthRouter, request: TestTokenRequest = {}): Promise<string> {
  const { clientId = 'test-client', userId, scopes = [], audience, lifetime = 3600 } = request;
  const { accessTokens, ownAudience } = testIssuerOf(oauth);
  const user = userId === undefined ? {} : { userId, authTime: Math.floor(Date.now() / 1000) };
  const { token } = await accessTokens.issue({ clientId, scopes, audience: audience ?? ownAudience, ...user }, lifetime);
  return token;
}
