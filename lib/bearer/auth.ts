import type { Request } from 'express';
import { RESERVED_CLAIMS, type AccessToken } from '../tokens/claims';

/**
 * What `requireBearer` leaves in `req.auth`: frozen, and in its first six fields the `AuthInfo` of the MCP SDK.
 */
export interface Auth {
  /** The access token as it was sent. */
  readonly token: string;
  readonly clientId: string;
  /** Frozen like all the rest; not `readonly` in the type because the MCP SDK takes nothing else. */
  readonly scopes: string[];
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** The resource the token is for, where its audience is one URL. */
  readonly resource?: URL;
  /** The claims that the app itself put into the token. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** `sub`: the user, or the client where no user stands behind the token. */
  readonly subject: string;
  /** The user; absent in a token of an app that acts for itself. */
  readonly userId?: string;
  /** All claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The type of `req.auth` for all of an app: what other packages put there fits it too. */
export type RequestAuth = Pick<Auth, 'token' | 'clientId' | 'scopes'> & Partial<Auth>;

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the way Express's own types are extended
  namespace Express {
    interface Request {
      auth?: RequestAuth;
    }
  }
}

const authOfRequest = new WeakMap<Request, Auth>();

export function setAuth(req: Request, auth: Auth): void {
  req.auth = auth;
  authOfRequest.set(req, auth);
}

/** `req.auth` with every field typed. Throws on a route without `requireBearer`, and where it was optional and none came. */
export function getAuth(req: Request): Auth {
  const auth = authOfRequest.get(req);
  if (auth !== undefined) return auth;
  throw new Error('getAuth: nobody has authenticated this request; put requireBearer before this handler, without optional');
}

export function toAuth(token: string, verified: AccessToken): Auth {
  const { clientId, scopes, expiresAt, subject, userId, audience, claims } = verified;
  const resource = audience.length === 1 ? toUrl(audience[0]) : undefined;
  const extra = ownClaims(claims);
  return Object.freeze({
    token,
    clientId,
    scopes: Object.freeze([...scopes]) as string[],
    expiresAt,
    ...(resource === undefined ? {} : { resource }),
    ...(extra === undefined ? {} : { extra: Object.freeze(extra) }),
    subject,
    ...(userId === undefined ? {} : { userId }),
    claims,
  });
}

function toUrl(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
}

function ownClaims(claims: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const own = Object.entries(claims).filter(([name]) => !RESERVED_CLAIMS.has(name));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}
