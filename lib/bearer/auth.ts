import type { IncomingMessage } from 'node:http';
import { RESERVED_CLAIMS, type AccessToken } from '../tokens/claims';
import { createGenerations } from '../tokens/generations';
import { fixedUrl } from '../urls';

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

/** What is the same each time a token comes, made when it comes first. It holds nothing of the token's text. */
interface Lasting {
  readonly scopes: string[];
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly resource: URL | undefined;
}

/** By the claims of the token: whose `req.auth` has claims that stand here has it from `requireBearer`. */
const lasting = new WeakMap<object, Lasting>();

export function setAuth(req: IncomingMessage & { auth?: RequestAuth }, auth: Auth): void {
  req.auth = auth;
  // The handler must not take for the bearer's what stands there instead.
  if (req.auth !== auth) throw new Error('requireBearer: other middleware has made req.auth a property that keeps its own value; let it stand elsewhere');
}

/** `req.auth` with every field typed. Throws on a route without `requireBearer`, and where it was optional and none came. */
export function getAuth({ auth }: { readonly auth?: RequestAuth | undefined }): Auth {
  if (isOurs(auth)) return auth;
  throw new Error('getAuth: nobody has authenticated this request; put requireBearer before this handler, without optional');
}

const isOurs = (auth: RequestAuth | undefined): auth is Auth => auth?.claims !== undefined && lasting.has(auth.claims);

/** Made anew for each request: it holds the token, which nothing here keeps. */
export function toAuth(token: string, verified: AccessToken): Auth {
  const { clientId, expiresAt, subject, userId, claims } = verified;
  const { scopes, extra, resource } = lasting.get(claims) ?? remember(verified);
  const auth: { -readonly [Name in keyof Auth]: Auth[Name] } = { token, clientId, scopes, expiresAt, subject, claims };
  if (resource !== undefined) auth.resource = resource;
  if (extra !== undefined) auth.extra = extra;
  if (userId !== undefined) auth.userId = userId;
  return Object.freeze(auth);
}

function remember({ scopes, audience, claims }: AccessToken): Lasting {
  const made = { scopes: Object.freeze([...scopes]) as string[], extra: ownClaims(claims), resource: toResource(audience) };
  lasting.set(claims, made);
  return made;
}

/** There are few resources, and a URL takes as long to make as a signature to check. */
const resources = createGenerations<URL>(100);

function toResource([audience = '', ...others]: readonly string[]): URL | undefined {
  if (others.length > 0) return undefined;
  const known = resources.get(audience);
  if (known || !URL.canParse(audience)) return known;
  const url = fixedUrl(audience);
  resources.set(audience, url);
  return url;
}

function ownClaims(claims: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const own = Object.entries(claims).filter(([name]) => !RESERVED_CLAIMS.has(name));
  return own.length === 0 ? undefined : Object.freeze(Object.fromEntries(own));
}
