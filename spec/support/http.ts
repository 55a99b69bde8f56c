import { SECRETS, type TestServer } from './app';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

type HeaderValues = Readonly<Record<string, string>>;

export const basic = (id: string, secret: string): HeaderValues => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
export const C1 = basic('C1', SECRETS.C1);
export const C2 = basic('C2', SECRETS.C2);
export const RS1 = basic('RS1', SECRETS.RS1);
export const RS2 = basic('RS2', SECRETS.RS2);
export const bearer = (token: unknown): HeaderValues => ({ authorization: `Bearer ${String(token)}` });

export async function send(server: Pick<TestServer, 'url'>, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(server.url + path, { redirect: 'manual', ...init });
  const text = await response.text();
  let json: Record<string, unknown> = {};
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Some answers have no body; those that must be JSON are checked by expectError and expectOk.
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** A form: text as it goes over the wire, or fields to encode. */
export type FormBody = string | Readonly<Record<string, string>>;

export function post(server: Pick<TestServer, 'url'>, path: string, body: FormBody, headers: HeaderValues = C1): Promise<Answer> {
  return send(server, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
  });
}

/** `T(x)` of conformance.md: a token request, by default of C1 through Basic. */
export const T = (server: Pick<TestServer, 'url'>, body: FormBody, headers: HeaderValues = C1): Promise<Answer> =>
  post(server, '/oauth/token', body, headers);

/** `R(x)`: a request to the protected route. */
export const R = (server: Pick<TestServer, 'url'>, token: unknown, path = '/resource'): Promise<Answer> =>
  send(server, path, { headers: bearer(token) });

export const login = (server: Pick<TestServer, 'url'>, extra: Readonly<Record<string, string>> = {}, headers: HeaderValues = C1): Promise<Answer> =>
  T(server, { grant_type: 'password', username: 'U1', password: 'pw1', ...extra }, headers);

export const refresh = (server: Pick<TestServer, 'url'>, token: unknown, extra: Readonly<Record<string, string>> = {}, headers: HeaderValues = C1): Promise<Answer> =>
  T(server, { grant_type: 'refresh_token', refresh_token: String(token), ...extra }, headers);

export const revoke = (server: Pick<TestServer, 'url'>, token: unknown, extra: Readonly<Record<string, string>> = {}, headers: HeaderValues = C1): Promise<Answer> =>
  post(server, '/oauth/revoke', { token: String(token), ...extra }, headers);

export const introspect = (server: Pick<TestServer, 'url'>, token: unknown, headers: HeaderValues = C1, extra: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  post(server, '/oauth/introspect', { token: String(token), ...extra }, headers);
