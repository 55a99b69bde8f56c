import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenClient } from 'express-token-endpoint/client';

type Answer = (res: ServerResponse, body: string, req: IncomingMessage) => void;

const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => (res) => {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(value));
};
const token = (name: string, more: object = {}): object => ({ access_token: name, token_type: 'Bearer', ...more });

describe('TokenClient with a server of other habits', () => {
  let server: Server;
  let url = '';
  let answers: Answer[] = [];
  const seen: string[] = [];
  beforeAll(async () => {
    server = createServer((req, res) => {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        seen.push(body);
        (answers.shift() ?? json(500, {}))(res, body, req);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    answers = [];
    seen.length = 0;
  });
  const client = (): TokenClient => new TokenClient({ tokenEndpoint: `${url}/token`, revocationEndpoint: `${url}/revoke`, clientId: 'app', clientSecret: 'app-secret' });

  it('takes the least that RFC 6749 §5.1 asks of an answer', async () => {
    answers = [json(200, token('least'))];
    expect(await client().clientCredentials()).toEqual({ accessToken: 'least', tokenType: 'Bearer', status: 200 });
  });

  it.each<[string, Answer, object]>([
    ['an array', json(400, ['no']), { error: 'server_error', status: 400, description: 'The authorization server answered 400' }],
    ['an error that is no text', json(400, { error: 7 }), { error: 'server_error', status: 400 }],
    ['an error of characters that are not allowed', json(400, { error: 'a"b', error_description: 'words' }), { error: 'server_error', status: 400, description: 'words' }],
    ['a code alone', json(400, { error: 'invalid_grant' }), { error: 'invalid_grant', status: 400, description: 'The authorization server answered 400' }],
    ['a time to wait', json(503, { error: 'temporarily_unavailable' }, { 'retry-after': '3' }), { error: 'temporarily_unavailable', status: 503, retryAfter: 3 }],
    ['not modified', json(304, undefined), { error: 'server_error', status: 500 }],
    ['no token', json(200, { token_type: 'bearer' }), { error: 'server_error' }],
    ['an empty token', json(200, token('')), { error: 'server_error' }],
    ['a token of another type', json(200, { access_token: 'x', token_type: 'mac' }), { error: 'server_error' }],
    ['a page', (res) => { res.end('<html>'); }, { error: 'server_error' }],
  ])('throws a typed error for %s', async (_name, answer, error) => {
    answers = [answer];
    await expect(client().clientCredentials()).rejects.toMatchObject({ name: 'OAuthError', ...error });
  });

  it('asks nobody to revoke what it does not have', async () => {
    await client().revoke();
    expect(seen).toEqual([]);
  });

  it('revokes the access token of a session that has no refresh token, and one of its own tokens alone', async () => {
    const app = client();
    answers = [json(200, token('session')), json(200, {})];
    await app.password({ username: 'mike', password: 'secret' });
    await app.revoke();
    expect(seen.at(-1)).toBe('token=session');

    const service = client();
    answers = [json(200, token('for-a')), json(200, token('for-b')), json(200, {})];
    await service.clientCredentials({ scope: 'a' });
    await service.clientCredentials({ scope: 'b' });
    await service.revoke('for-a');
    expect((await service.clientCredentials({ scope: 'b' })).accessToken).toBe('for-b');
  });

  it('goes on with a session that has run out and cannot be refreshed: the API will say so', async () => {
    const app = client();
    answers = [json(200, token('short', { expires_in: 0 })), (res, _body, req) => { res.end(req.headers.authorization); }];
    await app.password({ username: 'mike', password: 'secret' });
    expect(await (await app.fetch(`${url}/api`)).text()).toBe('Bearer short');
  });

  it('leaves a login that came meanwhile as it is when a refresh answers late', async () => {
    const app = client();
    answers = [json(200, token('first', { refresh_token: 'r1' }))];
    await app.password({ username: 'mike', password: 'secret' });
    let release: () => void = () => undefined;
    answers = [(res) => { release = () => { json(200, token('late', { refresh_token: 'r2' }))(res, '', {} as IncomingMessage); }; }, json(200, token('second', { refresh_token: 'r3' }))];
    const late = app.refresh();
    while (seen.length < 2) await new Promise((turn) => setImmediate(turn));
    await app.password({ username: 'anna', password: 'secret' });
    release();
    expect((await late).accessToken).toBe('late');
    answers = [(res, _body, req) => { res.end(req.headers.authorization); }];
    expect(await (await app.fetch(`${url}/api`)).text()).toBe('Bearer second');
  });
});
