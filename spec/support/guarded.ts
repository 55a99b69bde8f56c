import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { OAuthRouter } from '../../lib';
import type { ExpressMajor, StartOptions, TestServer } from './app';
import { send, type Answer } from './http';
import { TEST_KEYS } from './jwt';
import { serve } from './serve';

export type Guard = (oauth: OAuthRouter) => RequestHandler | readonly RequestHandler[];
export interface Guarded extends TestServer {
  /** How often the handler behind the guard ran. */
  ran(): number;
}

/** A server of the test's keys with a handler at `/guarded`, for every method, behind what `guard` makes. */
export async function serveGuarded(express: ExpressMajor, guard: Guard, options: StartOptions = {}): Promise<Guarded> {
  let runs = 0;
  const server = await serve({
    ...options,
    express,
    oauth: { keys: TEST_KEYS, ...options.oauth },
    routes: (app, oauth) => {
      const handler: RequestHandler = (req, res) => {
        runs += 1;
        res.json({ auth: req.auth ?? null });
      };
      app.all('/guarded', [guard(oauth)].flat(), handler);
      options.routes?.(app, oauth);
    },
  });
  return { ...server, ran: () => runs };
}

export const G = (server: Pick<TestServer, 'url'>, headers: Readonly<Record<string, string>> = {}, init: RequestInit = {}, path = '/guarded'): Promise<Answer> =>
  send(server, path, { ...init, headers });
export const authOf = (answer: Answer): Record<string, unknown> => answer.json['auth'] as Record<string, unknown>;
export const expectPassed = (answer: Answer): void => {
  expect({ status: answer.status, challenge: answer.headers.get('www-authenticate') }).toEqual({ status: 200, challenge: null });
};

/** An error handler of the app, whose answer no part of this package would give. */
export const appErrors: ErrorRequestHandler = (error: Error, _req, res, next) => {
  if (res.headersSent) next(error);
  else res.status(418).json({ name: error.name, message: error.message });
};
