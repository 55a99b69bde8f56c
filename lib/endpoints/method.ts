import type { RequestHandler } from 'express';
import { OAuthError } from '../errors';
import { sendError } from '../http/send';

/** 405 for every method but those allowed (RFC 9110 §15.5.6). */
export function onlyMethods(...allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  const refusal = new OAuthError('method_not_allowed', `This endpoint takes ${allow}`);
  return (_req, res) => {
    sendError(res, refusal, undefined, { Allow: allow });
  };
}
