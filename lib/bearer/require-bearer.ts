import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { isPromise, type Awaitable } from '../awaitable';
import { OAuthError, toOAuthError } from '../errors';
import type { Emit } from '../events';
import { formatChallenge } from '../http/challenge';
import { singleHeader } from '../http/headers';
import { sendError, sendJson } from '../http/send';
import { shareShape } from '../http/shape';
import { formatScope, includesAll } from '../scopes';
import type { AccessToken } from '../tokens/claims';
import { setAuth, toAuth } from './auth';
import { readRequirement, type BearerOptions, type Requirement } from './requirement';

/** What it needs of a request. */
export type BearerRequest = IncomingMessage & Pick<Request, 'originalUrl' | 'baseUrl' | 'path' | 'ip'>;

/**
 * A `RequestHandler` for a route of any type. One that said more of the request would hide from the handlers behind it
 * what the path says of `req.params`.
 */
export type BearerHandler = (req: BearerRequest, res: ServerResponse, next: (error?: unknown) => void) => void;

export type RequireBearer = (scope?: string | readonly string[], options?: BearerOptions) => BearerHandler;

/** What `requireBearer` needs of the world: a way to know a good token, and what to say to a bad one. */
export interface BearerParts {
  /** The token, verified to the end and meant for this resource; nothing where it is no good. */
  readonly verify: (token: string) => Awaitable<AccessToken | undefined>;
  readonly realm: string;
  /** The URL of the resource's metadata (RFC 9728 §5.1) if this request is for that resource. */
  readonly metadataFor: (req: BearerRequest) => string | undefined;
  readonly emit: Emit;
}

export function createRequireBearer({ verify, realm, metadataFor, emit }: BearerParts): RequireBearer {
  const challenge = (req: BearerRequest, error?: OAuthError, scopes?: readonly string[]): string =>
    formatChallenge('Bearer', realm, {
      error: error?.code,
      error_description: error?.description,
      scope: scopes === undefined || scopes.length === 0 ? undefined : formatScope(scopes),
      resource_metadata: metadataFor(req),
    });

  const refuse = (req: BearerRequest, res: ServerResponse, caught: unknown, { scopes }: Requirement): void => {
    const error = toOAuthError(caught);
    if (error.status >= 500) {
      emit({ type: 'fault', where: 'requireBearer', cause: error.cause ?? error });
      sendError(res, error);
      return;
    }
    emit({ type: 'bearer_refused', error: error.code, path: pathOf(req), ...(req.ip === undefined ? {} : { address: req.ip }) });
    sendError(res, error, challenge(req, error, error.status === 403 ? scopes : undefined));
  };

  /** RFC 6750 §3.1: who showed nothing is told what to show, and no error. */
  const askForToken = (req: BearerRequest, res: ServerResponse): void => {
    sendJson(res, 401, {}, { 'WWW-Authenticate': challenge(req) });
  };

  return (...args) => {
    const requirement = readRequirement(args);
    return (req, res, next) => {
      shareShape(req);
      shareShape(res);
      try {
        const token = readBearer(req);
        if (token === undefined) {
          if (!requirement.optional) {
            askForToken(req, res);
            return;
          }
        } else {
          const verified = verify(token);
          if (isPromise(verified)) {
            verified
              .then((found) => { admit(req, token, found, requirement); })
              .then(() => { next(); }, (error: unknown) => { refuse(req, res, error, requirement); })
              .catch(next);
            return;
          }
          admit(req, token, verified, requirement);
        }
      } catch (error) {
        refuse(req, res, error, requirement);
        return;
      }
      // Outside of the try: what the route throws is the app's.
      next();
    };
  };
}

/** Lets a verified token through to `req.auth`, or throws. The one place that says yes. */
function admit(req: BearerRequest, token: string, verified: AccessToken | undefined, requirement: Requirement): void {
  if (verified === undefined) throw invalidToken();
  if (!isEnough(verified, requirement)) throw insufficientScope();
  setAuth(req, toAuth(token, verified));
}

function isEnough({ scopes, userId }: AccessToken, { scopes: wanted, any, user }: Requirement): boolean {
  if (user && userId === undefined) return false;
  return any ? wanted.some((scope) => scopes.includes(scope)) : includesAll(scopes, wanted);
}

const invalidToken = (): OAuthError => new OAuthError('invalid_token', 'The access token is not valid');
const insufficientScope = (): OAuthError => new OAuthError('insufficient_scope', 'The access token does not reach this far');

/** RFC 6750 §2.1, compared without case (RFC 9110 §11.1). */
const SCHEME = /^bearer(?:[ \t]|$)/i;
const B64TOKEN = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/**
 * The token of the Authorization header, the only place it may stand: query and body may hold an `access_token` of the app's own.
 * `undefined` where no Bearer credentials came; a malformed header is a bad token.
 */
function readBearer(req: IncomingMessage): string | undefined {
  const header = singleHeader(req, 'authorization');
  if (header === undefined) return undefined;
  const token = B64TOKEN.exec(header)?.[1];
  if (token === undefined && SCHEME.test(header)) throw invalidToken();
  return token;
}

const pathOf = (req: BearerRequest): string => req.baseUrl + req.path;
