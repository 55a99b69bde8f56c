import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { discoverEndpoints } from '../../lib/client/discovery';
import { OAuthError } from '../../lib/errors';
import { forThisTest } from '../support/for-this-test';

interface Answer {
  readonly status?: number;
  readonly location?: string;
  readonly json: unknown;
}

interface Issuer {
  readonly origin: string;
  readonly asked: string[];
  close(): Promise<void>;
}

/** Answers by path; a path that is not among them is not found, and one without an answer is never answered. */
async function issuerWith(answers: (origin: string) => Readonly<Record<string, Answer | undefined>>): Promise<Issuer> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const path = req.url ?? '';
    asked.push(path);
    const known = answers(origin);
    const answer = known[path];
    if (answer) res.writeHead(answer.status ?? 200, answer.location === undefined ? {} : { location: answer.location }).end(JSON.stringify(answer.json));
    else if (!Object.hasOwn(known, path)) res.writeHead(404).end(JSON.stringify({ issuer: origin, token_endpoint: 'https://wrong.example' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  return forThisTest({ origin, asked, close });
}

const OAUTH = '/.well-known/oauth-authorization-server';
const OPENID = '/.well-known/openid-configuration';
const TOKEN = 'https://auth.example/token';
const REVOCATION = 'https://auth.example/revoke';

const look = (issuer: string, timeout = 2000): Promise<unknown> => discoverEndpoints(issuer, fetch, timeout)();
const problemOf = async (issuer: string, timeout?: number): Promise<string> => {
  const error: unknown = await look(issuer, timeout).catch((one: unknown) => one);
  if (!(error instanceof OAuthError)) throw new Error('there was no refusal');
  expect(error).toMatchObject({ error: 'temporarily_unavailable', code: 'temporarily_unavailable', status: 503, message: 'The metadata of the authorization server could not be read' });
  return (error.cause as Error).message;
};

describe('the endpoints of an issuer', () => {
  it('are read where RFC 8414 puts them, and there alone', async () => {
    const { origin, asked } = await issuerWith((issuer) => ({
      [`${OAUTH}/tenant`]: { json: { issuer: `${issuer}/tenant`, token_endpoint: TOKEN, revocation_endpoint: REVOCATION } },
    }));
    expect(await look(`${origin}/tenant`)).toEqual({ token: TOKEN, revocation: REVOCATION });
    expect(asked).toEqual([`${OAUTH}/tenant`]);
  });

  it.each(['/tenant', '/tenant/'])('are read where OpenID Connect puts them otherwise: %s', async (path) => {
    const { origin, asked } = await issuerWith((issuer) => ({
      [`/tenant${OPENID}`]: { json: { issuer: `${issuer}${path}`, token_endpoint: TOKEN, revocation_endpoint: 7 } },
    }));
    expect(await look(`${origin}${path}`)).toEqual({ token: TOKEN, revocation: undefined });
    expect(asked).toHaveLength(2);
  });

  it('are asked for once when they are known, and again after a failure', async () => {
    let answer: Answer = { status: 500, json: {} };
    const { origin, asked } = await issuerWith(() => ({ [OAUTH]: answer }));
    const endpoints = discoverEndpoints(origin, fetch, 2000);
    await expect(endpoints()).rejects.toThrow(OAuthError);
    expect(asked).toEqual([OAUTH, OPENID]);
    answer = { json: { issuer: origin, token_endpoint: TOKEN } };
    await endpoints();
    await endpoints();
    expect(asked).toEqual([OAUTH, OPENID, OAUTH]);
  });

  it('are looked for further after an answer without a body', async () => {
    const { origin } = await issuerWith((issuer) => ({
      [OAUTH]: { status: 304, json: undefined },
      [OPENID]: { json: { issuer, token_endpoint: TOKEN } },
    }));
    expect(await look(origin)).toEqual({ token: TOKEN, revocation: undefined });
  });

  it('are in neither place: the operator reads both', async () => {
    const { origin } = await issuerWith(() => ({}));
    expect(await problemOf(origin)).toBe(`${origin} has no metadata at ${origin}${OAUTH} or ${origin}${OPENID}`);
  });

  it('are not taken from what another issuer says of itself', async () => {
    const { origin } = await issuerWith(() => ({ [OAUTH]: { json: { issuer: 'https://other.example', token_endpoint: TOKEN } } }));
    expect(await problemOf(origin)).toBe(`the metadata names the issuer "https://other.example", not "${origin}"`);
  });

  it('need one for tokens', async () => {
    const { origin } = await issuerWith((issuer) => ({ [OAUTH]: { json: { issuer, token_endpoint: [TOKEN] } } }));
    expect(await problemOf(origin)).toBe('the metadata names no token endpoint');
  });

  it('are not looked for where a redirect leads', async () => {
    const { origin, asked } = await issuerWith((issuer) => ({
      [OAUTH]: { status: 302, location: '/elsewhere', json: {} },
      '/elsewhere': { json: { issuer, token_endpoint: TOKEN } },
    }));
    await problemOf(origin);
    expect(asked).toEqual([OAUTH]);
  });

  it('are waited for as long as the timeout says', async () => {
    const { origin } = await issuerWith(() => ({ [OAUTH]: undefined }));
    expect(await problemOf(origin, 50)).toContain('due to timeout');
  });
});
