import type { Request, RequestHandler } from 'express';
import { invalidRequest, type OAuthError } from '../errors';
import { sendError } from '../http/send';

/** RFC 6749 §3.2, RFC 6750 §5.3. `req.secure` believes a forwarded header only as far as the app's `trust proxy` does. */
export const isInTheClear = (req: Request, requireTls: boolean): boolean => requireTls && !req.secure;

export const overTlsOnly = (): OAuthError => invalidRequest('This endpoint is served over TLS only');

/** Stands before the endpoints that take a token instead of a form. */
export const onlyOverTls =
  (requireTls: boolean): RequestHandler =>
  (req, res, next) => {
    if (isInTheClear(req, requireTls)) sendError(res, overTlsOnly());
    else next();
  };
