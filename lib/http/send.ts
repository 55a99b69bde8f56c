import type { ServerResponse } from 'node:http';
import type { OAuthError } from '../errors';

type Headers = Readonly<Record<string, string>>;

/** RFC 6749 §5.1: whatever holds a token or a refusal is nobody's to keep. */
const NO_STORE: Headers = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store, private',
  Pragma: 'no-cache',
};

/** Sends JSON that no cache may keep. Past Express's `res.json`, which would add an ETag and answer 304. */
export function sendJson(res: ServerResponse, status: number, body: object, headers?: Headers): void {
  send(res, status, body, NO_STORE, headers);
}

/** Sends JSON that caches may keep for `seconds`. */
export function sendPublicJson(res: ServerResponse, body: object, seconds: number): void {
  send(res, 200, body, { 'Content-Type': 'application/json', 'Cache-Control': `public, max-age=${String(seconds)}` });
}

/** The one sender of refusals (RFC 6749 §5.2, RFC 6750 §3); `challenge` is the value of `WWW-Authenticate`, if it has one. */
export function sendError(res: ServerResponse, error: OAuthError, challenge?: string, headers?: Headers): void {
  sendJson(res, error.status, errorBody(error), {
    ...headers,
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
    ...(error.retryAfter === undefined ? {} : { 'Retry-After': String(Math.ceil(error.retryAfter)) }),
    // The rest of a body that was refused unread must not be taken for the next request.
    ...(error.status === 413 || error.status === 408 ? { Connection: 'close' } : {}),
  });
}

function errorBody({ code, description, uri }: OAuthError): object {
  return {
    error: code,
    ...(description === undefined ? {} : { error_description: description }),
    ...(uri === undefined ? {} : { error_uri: uri }),
  };
}

function send(res: ServerResponse, status: number, body: object, ...headers: readonly (Headers | undefined)[]): void {
  if (res.headersSent) return;
  const text = JSON.stringify(body);
  res.statusCode = status;
  for (const some of headers) {
    for (const name in some) res.setHeader(name, some[name] ?? '');
  }
  const length = Buffer.byteLength(text);
  res.setHeader('Content-Length', length);
  res.end(text, length === text.length ? 'latin1' : 'utf8');
}
