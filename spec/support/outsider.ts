import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { forThisTest } from './for-this-test';

export type Handler = (req: IncomingMessage, res: ServerResponse, body: string) => void;

/** A server that answers as a test tells it to, and remembers who asked for what. */
export interface Outsider {
  readonly url: string;
  /** Method and path of each request that came. */
  readonly hits: string[];
  /** The requests themselves, with their bodies. */
  readonly requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  /** Answers by path; anything else is 404. May be changed at any time. */
  readonly answers: Record<string, Handler>;
  count(path: string): number;
  close(): Promise<void>;
}

export async function outsider(answers: Record<string, Handler> = {}, port = 0): Promise<Outsider> {
  const hits: string[] = [];
  const requests: Outsider['requests'] = [];
  const server = createServer((req, res) => {
    const path = req.url ?? '';
    hits.push(`${req.method ?? ''} ${path}`);
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () => {
      requests.push({ headers: req.headers, body });
      const answer = answers[path];
      if (answer === undefined) res.writeHead(404).end();
      else answer(req, res, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    });
  const made = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    hits,
    requests,
    answers,
    count: (path: string) => hits.filter((hit) => hit.endsWith(` ${path}`)).length,
    close,
  };
  return forThisTest(made);
}

/** Answers with JSON. */
export const json =
  (body: unknown, status = 200): Handler =>
  (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** An issuer made of canned answers: its metadata at `/.well-known/…`, its JWKS at `/jwks`, introspection at `/introspect`. */
export async function cannedIssuer(answers: Record<string, Handler> = {}): Promise<Outsider> {
  const server = await outsider(answers);
  const { url } = server;
  answers['/.well-known/oauth-authorization-server'] ??= json({ issuer: url, jwks_uri: `${url}/jwks`, introspection_endpoint: `${url}/introspect` });
  return server;
}
