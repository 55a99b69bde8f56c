import type { Request, RequestHandler, Response } from 'express';
import { after, attempt, type Awaitable } from '../awaitable';
import { toOAuthError, type OAuthError } from '../errors';
import type { Emit } from '../events';
import { onceRead } from '../http/body';
import { formatChallenge } from '../http/challenge';
import type { Form } from '../http/form';
import { sendError } from '../http/send';
import type { ReadRequest } from './read-request';

export interface EndpointSettings {
  readonly name: string;
  /** The value of `WWW-Authenticate` for a refusal, if it has one. */
  readonly challenge: (req: Request, error: OAuthError) => string | undefined;
  readonly emit: Emit;
}

export interface FormEndpointSettings extends EndpointSettings {
  readonly readRequest: ReadRequest;
}

/** As `endpoint`, for one that takes a form. */
export function formEndpoint({ readRequest, ...settings }: FormEndpointSettings, answer: (form: Form, req: Request, res: Response) => Awaitable<void>): RequestHandler {
  return onceRead(endpoint(settings, (req, res) => after(readRequest(req, res), (form) => answer(form, req, res))));
}

/**
 * Makes an Express handler of a function that answers or throws. Nothing it throws reaches Express, whose handler would print
 * it to the client (and whose version 4 would not see a rejection at all).
 */
export function endpoint({ name, challenge, emit }: EndpointSettings, answer: (req: Request, res: Response) => Awaitable<void>): RequestHandler {
  const refuse = (req: Request, res: Response, caught: unknown): void => {
    const error = toOAuthError(caught);
    if (error.cause !== undefined || error.status === 500) emit({ type: 'fault', where: name, cause: error.cause ?? error });
    try {
      sendError(res, error, challenge(req, error));
    } catch (cause) {
      // Nobody is left to hear of it but the operator.
      emit({ type: 'fault', where: name, cause: new Error('the answer could not be sent: look at middleware of the app that wraps res', { cause }) });
      res.destroy();
    }
  };
  return (req, res) => {
    void attempt(() => answer(req, res), (caught) => { refuse(req, res, caught); });
  };
}

/**
 * The challenge to a client that did not authenticate. A browser answers it with a login window of its own and holds the
 * page's request; a script says that it is one.
 */
export const basicChallenge =
  (realm: string): EndpointSettings['challenge'] =>
  (req, error) =>
    error.status !== 401 || req.get('X-Requested-With')?.toLowerCase() === 'xmlhttprequest' ? undefined : formatChallenge('Basic', realm);

/** The challenge to a token that is no good (RFC 6750 §3). */
export const bearerChallenge =
  (realm: string): EndpointSettings['challenge'] =>
  (_req, { status, code, description }) =>
    status === 401 || status === 403 ? formatChallenge('Bearer', realm, { error: code, error_description: description }) : undefined;
