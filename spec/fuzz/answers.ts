import type { Exchanged } from './exchange';

const CODES = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target', 'invalid_token', 'insufficient_scope'];
const STATUSES = [400, 401, 403, 405, 413];
const TEXT = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;
const BEARER = /^Bearer realm="oauth"(?:, [a-z_]+="[\x20-\x21\x23-\x5B\x5D-\x7E]*")*$/;
const TOKEN_MEMBERS = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'id_token'];

/** Throws where an answer is neither OK nor E() of the conformance list; otherwise says which it is. A script gets no challenge (D-26). */
export function outcomeOf(path: string, { status, headers, text }: Exchanged, isScript = false): string {
  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}: ${String(status)} ${JSON.stringify(headers)} ${text}`);
  };
  must(/^application\/json/.test(headers['content-type'] ?? ''), 'no JSON');
  must((headers['cache-control'] ?? '').includes('no-store') && headers.etag === undefined, 'an answer that may be kept');
  const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  const challenge = headers['www-authenticate'];
  if (status === 200) {
    if (path.startsWith('/oauth/token')) checkTokens(body, must);
    return `${path} 200 ${Object.keys(body).sort().join(' ')}`;
  }
  must(STATUSES.includes(status), 'a status that nobody expects');
  must(challenge === undefined || challenge === 'Basic realm="oauth"' || BEARER.test(challenge), 'a challenge out of shape');
  must(status !== 401 || challenge !== undefined || isScript, 'a 401 without a challenge');
  // RFC 6750 §3.1: no error for one who showed nothing.
  if (text === '{}' || text === '') must(status === 401 || status === 405, 'an error without a body');
  else must(CODES.includes(String(body.error)), 'a code that is not registered');
  must(Object.keys(body).every((name) => name === 'error' || name === 'error_description'), 'a member too many');
  const { error_description: description = 'none' } = body;
  must(typeof description === 'string' && TEXT.test(description), 'a description outside RFC 6749 §5.2');
  return `${path} ${String(status)} ${String(body.error)} ${String(description)}`;
}

function checkTokens(body: Readonly<Record<string, unknown>>, must: (holds: boolean, what: string) => void): void {
  must(Object.keys(body).every((name) => TOKEN_MEMBERS.includes(name)), 'a member too many');
  must(typeof body.access_token === 'string' && /^[A-Za-z0-9\-._~+/]+=*$/.test(body.access_token), 'an access token out of shape');
  must(body.token_type === 'bearer' && Number.isInteger(body.expires_in), 'a token answer out of shape');
  must(body.scope === undefined || typeof body.scope === 'string', 'a scope that is no text');
}
