import type { Authorization } from '../authorization';
import type { Awaitable } from '../awaitable';
import type { FindClient } from '../clients/authenticate';
import type { OAuthEvent } from '../events';
import type { Grant } from '../grants/grant';
import type { VerifyUser } from '../grants/password';
import type { GrantScopes } from '../grants/policy';
import type { FindUser } from '../grants/refresh-token';
import type { TokenStore } from '../stores/store';
import type { ThrottleOptions } from '../throttle/limits';
import type { KeyOption } from '../tokens/keys';

/** What `oauthRouter` takes. Times are in seconds. */
export interface OAuthRouterOptions {
  /** The public URL where the router is mounted: https, without query and fragment; http for localhost alone (RFC 8414 §2). */
  readonly issuer: string;
  /** The client store: the client of this id, or `undefined`. */
  readonly findClient: FindClient;
  /** The user verifier; its presence turns the password grant on, for the clients that list it. */
  readonly verifyUser?: VerifyUser;
  /** Asked at every refresh, introspection and userinfo: a user who is gone or disabled ends the session. */
  readonly findUser?: FindUser;
  /** The first signs, all verify. Absent: an ES256 key made at start; an error where `NODE_ENV` is `production`. */
  readonly keys?: readonly KeyOption[];
  readonly accessToken?: AccessTokenOptions;
  readonly refreshToken?: RefreshTokenOptions;
  /** The last word on scopes; default: what is requested must be allowed to the client, and to the user if it lists scopes. */
  readonly grantScopes?: GrantScopes;
  /** Grants of the app's own (RFC 6749 §4.5). */
  readonly grants?: readonly Grant[];
  /** Where refresh tokens, opaque tokens and revocations live; default: `memoryStore()`. */
  readonly store?: TokenStore;
  /** Protection against guessing; default on. `false` turns it off, an object tunes it or hands in limiters that processes share. */
  readonly throttle?: boolean | ThrottleOptions;
  /** How long a callback or the store may take before the answer is 503; default 10. */
  readonly timeout?: number;
  /** Audit events. Without it, faults go to `console.error`. */
  readonly onEvent?: (event: OAuthEvent) => void;
  /** The realm in challenges; default `oauth`. */
  readonly realm?: string;
  /** Refuse requests to the router's endpoints that did not come over TLS, as `req.secure` tells it; default false. */
  readonly requireTls?: boolean;
}

export interface AccessTokenOptions {
  /** Default `jwt` (RFC 9068). `opaque` tokens live in the store and mean nothing elsewhere. */
  readonly format?: 'jwt' | 'opaque';
  /** Default 3600. */
  readonly lifetime?: number;
  /** What tokens are for when the request names no resource, and what `requireBearer` accepts; default: the issuer. */
  readonly audience?: string | readonly string[];
  /** Claims of your own for the token; those of the server cannot be replaced. */
  readonly claims?: (authorization: Authorization) => Awaitable<Readonly<Record<string, unknown>>>;
}

export interface RefreshTokenOptions {
  /** The end of a refresh token that nobody uses; default 14 days. */
  readonly idleLifetime?: number;
  /** The end of a session, however often it is refreshed; default 90 days. */
  readonly absoluteLifetime?: number;
  /** How long the token before the current one may come back for the same answer; default 10, 0 is never. */
  readonly reuseWindow?: number;
}
