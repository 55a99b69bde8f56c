import type { Answer } from './http';

const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;
const URI = /^[\x21\x23-\x5B\x5D-\x7E]+$/;
const JSON_TYPE = /^application\/json(?:; *charset=utf-8)?$/i;

export function expectUncached({ headers }: Answer): void {
  expect(headers.get('content-type')).toMatch(JSON_TYPE);
  expect(headers.get('cache-control')).toMatch(/no-store/);
  expect(headers.get('etag')).toBeNull();
}

/** `E(s, code)` of conformance.md 0.2. */
export function expectError(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, error: answer.json['error'] }).toEqual({ status, error: code });
  expectUncached(answer);
  const body = JSON.parse(answer.text) as Record<string, unknown>;
  expect(Object.keys(body).filter((key) => !['error', 'error_description', 'error_uri'].includes(key))).toEqual([]);
  if (body['error_description'] !== undefined) expect(body['error_description']).toMatch(DESCRIPTION);
  if (body['error_uri'] !== undefined) expect(body['error_uri']).toMatch(URI);
}

/** `E401`: refused client authentication, with the one challenge that a client may wait for. */
export function expectE401(answer: Answer): void {
  expectError(answer, 401, 'invalid_client');
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="[^"]*"$/);
}

const MEMBERS = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'id_token'];

/** `OK`: a token answer that passes RSP-01 to RSP-10. */
export function expectOk(answer: Answer): void {
  expect({ status: answer.status, error: answer.json['error'] }).toEqual({ status: 200, error: undefined });
  expectUncached(answer);
  expect(answer.headers.get('cache-control')).toBe('no-store, private');
  expect(answer.headers.get('pragma')).toBe('no-cache');
  const body = JSON.parse(answer.text) as Record<string, unknown>;
  expect(Object.keys(body).filter((key) => !MEMBERS.includes(key))).toEqual([]);
  expect(body['access_token']).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/);
  expect(body['token_type']).toBe('bearer');
  expect(Number.isInteger(body['expires_in']) && (body['expires_in'] as number) > 0).toBe(true);
  for (const name of ['refresh_token', 'scope', 'id_token']) {
    if (name in body) expect(body[name]).toMatch(/^[\x20-\x7E]+$/);
  }
}

/** `Ch(s, code)`: a refusal at a resource, told in the challenge (RFC 6750 §3). */
export function expectChallenge(answer: Answer, status: number, code: string): void {
  const params = challengeParams(answer);
  expect({ status: answer.status, error: params['error'] }).toEqual({ status, error: code });
  // Each is absent or of the characters that RFC 6750 §3 gives it.
  expect(params['realm'] ?? '').toMatch(/^[\x20-\x7E]*$/);
  expect(params['scope'] ?? 'a').toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/);
  expect(params['error_description'] ?? 'words').toMatch(DESCRIPTION);
  expect(params['error_uri'] ?? 'uri').toMatch(URI);
  // A HEAD has no body; whatever has one tells the same as the challenge.
  if (answer.text === '') expectUncached(answer);
  else expectError(answer, status, code);
}

/** `Ch0`: nobody showed anything, so nothing is said to be wrong with it. */
export function expectNoCredentials(answer: Answer): void {
  expect(answer.status).toBe(401);
  const params = challengeParams(answer);
  expect(Object.keys(params)).toContain('realm');
  for (const name of ['error', 'error_description', 'error_uri']) expect(params).not.toHaveProperty(name);
  expectUncached(answer);
  expect(['', '{}']).toContain(answer.text);
}

/** The parameters of the one Bearer challenge; a parameter that stands twice fails. */
export function challengeParams({ headers }: Answer): Record<string, string> {
  const value = headers.get('www-authenticate') ?? '';
  expect(value).toMatch(/^Bearer (?:[a-z_]+="(?:[^"\\]|\\.)*"(?:, |$))+$/);
  const pairs = [...value.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map((match): [string, string] => [match[1] ?? '', match[2] ?? '']);
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

/** A revocation's one good answer (D-25): what was revoked, and whether it was anything, is not told. */
export function expectRevoked(answer: Answer): void {
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{}' });
  expectUncached(answer);
}

/** An introspection's answer to every token that is none for this caller (RFC 7662 §2.2). */
export function expectInactive(answer: Answer): void {
  expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '{"active":false}' });
  expectUncached(answer);
}
