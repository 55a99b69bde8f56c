import type { Request, RequestHandler, Response } from 'express';
import { toOAuthError } from '../errors';
import type { Emit } from '../events';
import { formatChallenge } from '../http/challenge';
import { sendError } from '../http/send';

export interface EndpointSettings {
  readonly name: string;
  readonly realm: string;
  readonly emit: Emit;
}

/**
 * Makes an Express handler of a function that answers or throws. Nothing it throws reaches Express, whose handler would print
 * it to the client (and whose version 4 would not see a rejection at all).
 */
export function endpoint({ name, realm, emit }: EndpointSettings, answer: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return (req, res) => {
    answer(req, res).catch((caught: unknown) => {
      const error = toOAuthError(caught);
      if (error.cause !== undefined || error.status === 500) emit({ type: 'fault', where: name, cause: error.cause ?? error });
      sendError(res, error, error.status === 401 ? basicChallenge(req, realm) : undefined);
    });
  };
}

/** A browser answers this challenge with a login window of its own and holds the page's request; a script says that it is one. */
function basicChallenge(req: Request, realm: string): string | undefined {
  return req.get('X-Requested-With')?.toLowerCase() === 'xmlhttprequest' ? undefined : formatChallenge('Basic', realm);
}
