import type { Client } from '../../lib';
import { SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { exchange, head, openConnection, request } from '../support/connection';
import { challengeParams, expectChallenge, expectE401, expectError, expectNoCredentials, expectOk } from '../support/expect';
import { sha256Hash } from '../support/hash';
import { basic, C1, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const FORM = 'Content-Type: application/x-www-form-urlencoded';
const MACHINE = 'grant_type=client_credentials';
const LOGIN = 'grant_type=password&username=U1&password=pw1';
const basicLine = (octets: string | Buffer): string => `Authorization: Basic ${Buffer.from(octets as string).toString('base64')}`;
const POST = 'POST /oauth/token HTTP/1.1';

/** The lines that stand before those of the request itself, as each of these clients writes them. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  curl: [POST, 'Host: 127.0.0.1:3000', 'User-Agent: curl/8.5.0', 'Accept: */*'],
  wget: [POST, 'Host: 127.0.0.1:3000', 'User-Agent: Wget/1.24.5', 'Accept: */*', 'Accept-Encoding: identity', 'Connection: Keep-Alive'],
  httpie: [POST, 'Host: 127.0.0.1:3000', 'User-Agent: HTTPie/3.2.2', 'Accept-Encoding: gzip, deflate, br', 'Accept: */*', 'Connection: keep-alive'],
  'python requests': [POST, 'Host: 127.0.0.1:3000', 'User-Agent: python-requests/2.32.3', 'Accept-Encoding: gzip, deflate', 'Accept: application/json', 'Connection: keep-alive'],
  Go: [POST, 'Host: 127.0.0.1:3000', 'User-Agent: Go-http-client/1.1', 'Accept-Encoding: gzip'],
  axios: [POST, 'Accept: application/json, text/plain, */*', 'User-Agent: axios/1.7.9', 'Accept-Encoding: gzip, compress, deflate, br', 'Host: 127.0.0.1:3000', 'Connection: keep-alive'],
  got: [POST, 'user-agent: got (https://github.com/sindresorhus/got)', 'accept: application/json', 'accept-encoding: gzip, deflate, br', 'Host: 127.0.0.1:3000', 'Connection: keep-alive'],
  'a Java client': [POST, 'User-Agent: Java/17.0.13', 'Host: 127.0.0.1:3000', 'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'Connection: keep-alive'],
  'a Ruby client': [POST, 'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3', 'Accept: */*', 'User-Agent: Ruby', 'Host: 127.0.0.1:3000'],
  'a PHP client': [POST, 'Host: 127.0.0.1:3000', 'User-Agent: GuzzleHttp/7', 'Accept: application/json'],
  'a Perl client': [POST, 'TE: deflate,gzip;q=0.3', 'Connection: TE, close', 'Host: 127.0.0.1:3000', 'User-Agent: libwww-perl/6.77'],
};

type Encoder = (text: string) => string;
/** Escapes every octet but letters, digits and those that are kept. */
const percent =
  (...kept: readonly string[]): Encoder =>
  (text) => {
    const escape = (octet: number): string => {
      const one = String.fromCharCode(octet);
      return /[A-Za-z0-9]/.test(one) || kept.includes(one) ? one : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    };
    return [...Buffer.from(text)].map(escape).join('');
  };
const spaced = (encode: Encoder): Encoder => (text) => encode(text).replaceAll('%20', '+');
const encoders: [string, Encoder][] = [
  ['form-encoded as in a browser', spaced(percent('*', '-', '.', '_'))],
  ['form-encoded as Go does', spaced(percent('-', '.', '_', '~'))],
  ['form-encoded, even the hyphen', spaced(percent())],
  ['percent-encoded, the space too', encodeURIComponent],
  ['percent-encoded in lower case', (text) => encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase())],
];
const secrets = ['6213e9b9-c46d-4008-8af1-03f918a8ade4', 'p@ss:w+rd %&=/?', '100%', '100%41%zz%', '%', '%41', 'a+b', 'a b', ' + ', '%2B', '%3A', 'a%3Ab:c', ':', '"\\', '~-._!*\'()', 'Geheimnis', 'gehé1m£'];
const ids = ['worker', '@!1111!0008!FF81!2D39', 'a+b', 'a b', '100%41%zz%', '%41', 'urn%3Aapp', 'me@example.com', 'https%3A%2F%2Fapp', 'über'];
const pairs = [...secrets.map((secret) => ['worker', secret] as const), ...ids.map((id) => [id, 'a+b %41'] as const)];

describe.each(MAJORS)('what clients send, on Express %i', (express: ExpressMajor) => {
  const start = (): Promise<TestServer> => serve({ express });
  const startWith = async (id: string, secret: string, more: Partial<Client> = {}): Promise<TestServer> => {
    const server = await start();
    server.clients.set(id, { id, secretHash: sha256Hash(secret), grants: ['client_credentials'], scopes: [], ...more });
    return server;
  };
  const credentials = (server: TestServer, octets: string | Buffer, body = MACHINE): Promise<Answer> => exchange(server, request([POST, 'Host: x', basicLine(octets), FORM], body));

  describe.each(encoders)('Basic credentials %s', (_name, encode) => {
    it.each([...pairs, ['client:with:colon', 'a:b'] as const])('id %j, secret %j', async (id, secret) => {
      expectOk(await credentials(await startWith(id, secret), `${encode(id)}:${encode(secret)}`));
    });
  });

  it.each(pairs)('Basic credentials as they stand: id %j, secret %j', async (id, secret) => {
    const server = await startWith(id, secret);
    expectOk(await credentials(server, `${id}:${secret}`));
    expectE401(await credentials(server, `${id}:${secret}x`));
    expectE401(await credentials(server, `${id}:%${secret}`));
  });

  it('tells clients apart whose ids are each other\'s encoding', async () => {
    const server = await startWith('a b', 'one');
    server.clients.set('a+b', { ...server.clients.get('a b')!, id: 'a+b', secretHash: sha256Hash('two') });
    server.clients.set('a%20b', { ...server.clients.get('a b')!, id: 'a%20b', secretHash: sha256Hash('three') });
    const subject = async (octets: string): Promise<unknown> => {
      const answer = await credentials(server, octets);
      expectOk(answer);
      return claimsOf(answer.json['access_token'])['client_id'];
    };
    expect(await subject('a+b:one')).toBe('a b');
    expect(await subject('a b:one')).toBe('a b');
    expect(await subject('a%20b:one')).toBe('a b');
    expect(await subject('a+b:two')).toBe('a+b');
    expect(await subject('a%2Bb:two')).toBe('a+b');
    expect(await subject('a%20b:three')).toBe('a%20b');
    expectE401(await credentials(server, 'a b:two'));
    expectE401(await credentials(server, 'a%2Bb:one'));
  });

  it('a garbled escape is no reason to fail: 100%41%zz%', async () => {
    const server = await start();
    for (const octets of ['100%41%zz%:x', 'C1:100%41%zz%', '%:%', '%zz:%', '%ff:%ff', '%C0%AE:x', `C1:${'%'.repeat(500)}`]) expectE401(await credentials(server, octets));
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it.each(['Zugangsschlüssel', '£10', 'naïve café', 'ÿ', 'Ã¤', 'ß£'])('Basic credentials in Latin-1, as python-requests and btoa send them: %s', async (text) => {
    const server = await startWith('worker', text);
    expectOk(await credentials(server, Buffer.from(`worker:${text}`, 'utf8')));
    expectOk(await credentials(server, Buffer.from(`worker:${text}`, 'latin1')));
    const named = await startWith(text, 'secret');
    expectOk(await credentials(named, Buffer.from(`${text}:secret`, 'utf8')));
    expectOk(await credentials(named, Buffer.from(`${text}:secret`, 'latin1')));
    const both = await startWith(text, text);
    expectOk(await credentials(both, Buffer.from(`${text}:${text}`, 'latin1')));
    expectE401(await credentials(both, Buffer.from(`${text}:${text}x`, 'latin1')));
  });

  it('octets that are UTF-8 as well as Latin-1 are the former first', async () => {
    const server = await startWith('ä', 'secret');
    server.clients.set('Ã¤', { ...server.clients.get('ä')!, id: 'Ã¤' });
    const answer = await credentials(server, 'ä:secret');
    expectOk(answer);
    expect(claimsOf(answer.json['access_token'])['client_id']).toBe('ä');
  });

  it.each([0x00, 0x0a, 0x0d, 0x1f, 0x7f, 0x80, 0x9f])('but never with the control character %i', async (code) => {
    const text = `a${String.fromCharCode(code)}b`;
    for (const server of [await startWith('worker', text), await startWith(text, 'worker')]) {
      for (const pair of [`worker:${text}`, `${text}:worker`]) {
        for (const octets of [Buffer.from(pair, 'latin1'), Buffer.from(pair, 'utf8'), Buffer.from(pair.replace(text, encodeURIComponent(text)))]) expectE401(await credentials(server, octets));
      }
    }
  });

  it.each(['p%zz+%41', 'a+b', '100%', 'plain', 'a:b', '%', 'a+b:c'])('Basic credentials with nothing escaped but the colon: secret %j', async (secret) => {
    const server = await startWith('client:with:colon', secret);
    for (const escape of ['%3A', '%3a']) {
      expectOk(await credentials(server, `${'client:with:colon'.replaceAll(':', escape)}:${secret.replaceAll(':', escape)}`));
    }
    expectE401(await credentials(server, `client:with:colon:${secret}`));
  });

  const noSecret: [string, readonly string[], string][] = [
    ['client_id alone', [], '&client_id=P1'], ['an empty client_secret', [], '&client_id=P1&client_secret='], ['client_secret without =', [], '&client_id=P1&client_secret'], ['Basic with an empty secret', [basicLine('P1:')], ''], ['both', [basicLine('P1:')], '&client_id=P1'],
    ['all three', [basicLine('P1:')], '&client_id=P1&client_secret='],
  ];
  it.each(noSecret)('a public client says who it is by %s', async (_name, lines, more) => {
    const server = await start();
    const send = (body: string): Promise<Answer> => exchange(server, request([POST, 'Host: x', ...lines, FORM], body + more));
    const answer = await send(LOGIN);
    expectOk(answer);
    expectOk(await send(`grant_type=refresh_token&refresh_token=${String(answer.json['refresh_token'])}`));
    expectError(await send(MACHINE), 400, 'unauthorized_client');
    expectE401(await exchange(server, request([POST, 'Host: x', ...lines.map((line) => line.replace(basicLine('P1:'), basicLine('C1:'))), FORM], LOGIN + more.replace('P1', 'C1'))));
  });

  it.each(['Basic', 'basic', 'BASIC', 'bAsIc'])('%s beside the same client_id in the body', async (scheme) => {
    const server = await start();
    const line = `Authorization: ${C1.authorization!.replace('Basic', scheme)}`;
    expectOk(await exchange(server, request([POST, 'Host: x', line, FORM], `${MACHINE}&client_id=C1`)));
    expectOk(await exchange(server, request([POST, 'Host: x', line, FORM], `client_id=C1&client_secret=&${MACHINE}`)));
    expectOk(await exchange(server, request([POST, 'Host: x', line.replace('Authorization', 'authorization'), FORM.toLowerCase()], MACHINE)));
  });

  it.each(Object.entries(CLIENTS))('%s gets a token, by header and by body', async (_name, lines) => {
    const server = await start();
    expectOk(await exchange(server, request([...lines, `Authorization: ${C1.authorization}`, FORM], `${MACHINE}&scope=a`)));
    expectOk(await exchange(server, request([...lines, FORM], `${MACHINE}&client_id=C1&client_secret=${SECRETS.C1}`)));
    expectOk(await exchange(server, request([...lines, `${FORM};charset=UTF-8`, `Authorization: ${C1.authorization}`], `${LOGIN}&scope=a`)));
  });

  it.each(['wget', 'a Java client'])('%s sends its credentials once it is challenged, on the same connection', async (name) => {
    const connection = await openConnection(await start());
    connection.write(request([...CLIENTS[name]!, FORM], MACHINE));
    const challenged = await connection.answer();
    expectE401(challenged);
    expect(challenged.headers.get('connection')).not.toBe('close');
    connection.write(request([...CLIENTS[name]!, `Authorization: ${C1.authorization}`, FORM], MACHINE));
    expectOk(await connection.answer());
  });

  it.each(['XMLHttpRequest', 'xmlhttprequest'])('a page that says X-Requested-With: %s gets no login window of the browser', async (value) => {
    const server = await start();
    const page = [POST, 'Host: 127.0.0.1:3000', 'Connection: keep-alive', 'accept: application/json, text/plain, */*', 'Origin: http://127.0.0.1:3000', 'Referer: http://127.0.0.1:3000/docs/', `X-Requested-With: ${value}`, FORM];
    const challenged = await exchange(server, request(page.filter((line) => !line.startsWith('X-')), MACHINE));
    expectE401(challenged);
    for (const lines of [page, [...page, basicLine('C1:wrong')], [...page, 'Authorization: Basic garbage']]) {
      const refused = await exchange(server, request(lines, MACHINE));
      expectError(refused, 401, 'invalid_client');
      expect(refused.headers.get('www-authenticate')).toBeNull();
      expect(refused.text).toBe(challenged.text);
    }
    expectOk(await exchange(server, request([...page, `Authorization: ${C1.authorization}`], `${MACHINE}&scope=a%20b`)));
    for (const other of ['fetch', '', 'XMLHttpRequest2']) {
      expectE401(await exchange(server, request([...page.filter((line) => !line.startsWith('X-')), `X-Requested-With: ${other}`], MACHINE)));
    }
  });

  const auth = `Authorization: ${C1.authorization}`;
  it.each(['', ';charset=UTF-8', '; charset=utf-8', '; charset="UTF-8"', ';charset=utf8', '; Charset=UTF-8', ' ; charset=UTF-8', ';', '; boundary=x'])('the content type with %j after it', async (parameters) => {
    const server = await start();
    expectOk(await exchange(server, request([POST, 'Host: x', auth, FORM + parameters], MACHINE)));
    expectOk(await exchange(server, request([POST, 'Host: x', auth, FORM.toUpperCase().replace('CONTENT-TYPE', 'Content-Type') + parameters], MACHINE)));
  });

  it('a body in chunks, cut anywhere', async () => {
    const server = await start();
    const body = Buffer.from('grant_type=password&username=U1&password=pw1&x=%C2%A3£');
    const lines = [POST, 'Host: x', auth, FORM, 'Transfer-Encoding: chunked'];
    for (const size of [1, 2, 7, body.length]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < body.length; at += size) {
        const piece = body.subarray(at, at + size);
        chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
      }
      expectOk(await exchange(server, head(...lines), ...chunks, '0\r\n\r\n'));
    }
    expectOk(await exchange(server, head(...lines, 'Trailer: X-Sum'), `${body.length.toString(16)};ext=1\r\n`, body, '\r\n0\r\nX-Sum: 1\r\n\r\n'));
    expectE401(await exchange(server, head(POST, 'Host: x', FORM, 'Transfer-Encoding: chunked'), '0\r\n\r\n'));
  });

  it('a request that comes octet by octet', async () => {
    const server = await start();
    const connection = await openConnection(server);
    for (const octet of request([POST, 'Host: x', auth, FORM], MACHINE)) {
      connection.write(Buffer.from([octet]));
      await new Promise(setImmediate);
    }
    expectOk(await connection.answer());
  });

  it('Expect: 100-continue', async () => {
    const connection = await openConnection(await start());
    connection.write(head(POST, 'Host: x', auth, FORM, `Content-Length: ${String(MACHINE.length)}`, 'Expect: 100-continue'));
    expect((await connection.answer()).status).toBe(100);
    connection.write(MACHINE);
    expectOk(await connection.answer());
  });

  it('HTTP/1.0, with and without Host', async () => {
    const server = await start();
    const post = 'POST /oauth/token HTTP/1.0';
    for (const lines of [[post], [post, 'Host: x'], [post, 'Connection: Keep-Alive', 'User-Agent: ApacheBench/2.3', 'Accept: */*']]) {
      const answer = await exchange(server, request([...lines, auth, FORM], MACHINE));
      expectOk(answer);
      expect(answer.headers.get('transfer-encoding')).toBeNull();
      expect(answer.headers.get('content-length')).toBe(String(answer.text.length));
    }
    expectE401(await exchange(server, request([post, FORM], MACHINE)));
  });

  it('two requests at once on one connection', async () => {
    const connection = await openConnection(await start());
    connection.write(Buffer.concat([request([POST, 'Host: x', auth, FORM], MACHINE), request([POST, 'Host: x', auth, FORM], 'grant_type=x'), request([POST, 'Host: x', auth, FORM], LOGIN)]));
    expectOk(await connection.answer());
    expectError(await connection.answer(), 400, 'unsupported_grant_type');
    expectOk(await connection.answer());
  });

  const surplus = [
    'code=', 'redirect_uri=https%3A%2F%2Fapp.example%2Fcallback', 'allow_redirects=True', 'audience=', 'audience=https%3A%2F%2Fapi.example', 'code=&redirect_uri=&code_verifier=', 'response_type=token', 'nonce=x&state=y', 'device_id=1&device_name=a+b', 'client_secret=', 'timeout=30', 'verify=True', 'include_client_id=None',
    'access_type=offline', 'username=&password=', 'assertion=', 'realm=master', 'scope=',
  ];
  it.each(surplus)('parameters that mean nothing here: %s', async (more) => {
    const server = await start();
    const send = (body: string): Promise<Answer> => exchange(server, request([POST, 'Host: x', auth, FORM], body));
    const answer = await send(`${more}&${MACHINE}`);
    expectOk(answer);
    expect(answer.json['scope']).toBe('a');
    if (more !== 'username=&password=') expectOk(await send(`${LOGIN}&${more}`));
  });

  it('no scope is ever demanded, nor are defaults', async () => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, defaultScopes: [] });
    for (const body of [MACHINE, LOGIN]) {
      const answer = await T(server, body);
      expectOk(answer);
      expect(answer.json).not.toHaveProperty('scope');
    }
  });

  const accepts = ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'text/html', 'application/xml', 'application/x-www-form-urlencoded', 'application/json;q=0', 'text/plain', '', 'nonsense', 'application/json'];
  it.each(accepts)('the answer is JSON whatever is asked for: Accept: %s', async (accept) => {
    const server = await start();
    const lines = [POST, 'Host: x', `Accept: ${accept}`, 'Accept-Language: de', 'Accept-Charset: iso-8859-1', 'Accept-Encoding: gzip'];
    const answers: [number, string | undefined, Answer][] = [
      [200, undefined, await exchange(server, request([...lines, auth, FORM], MACHINE))],
      [401, 'invalid_client', await exchange(server, request([...lines, FORM], MACHINE))],
      [400, 'invalid_request', await exchange(server, request([...lines, auth], MACHINE))],
      [400, 'invalid_grant', await exchange(server, request([...lines, auth, FORM], 'grant_type=password&username=U1&password=no'))],
      [413, 'invalid_request', await exchange(server, request([...lines, auth, FORM], 'x'.repeat(40_000)))],
      [405, 'invalid_request', await exchange(server, request(['GET /oauth/token HTTP/1.1', ...lines.slice(1), auth]))],
    ];
    for (const [status, code, answer] of answers) {
      if (code === undefined) expectOk(answer);
      else expectError(answer, status, code);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('content-encoding')).toBeNull();
      expect(answer.headers.get('vary')).toBeNull();
    }
  });

  it.each(['127.0.0.1', 'localhost', 'auth.example', 'auth.example:443', 'evil.example', '[::1]:3000', 'x:y'])('the Host is not looked at: %s', async (host) => {
    const server = await start();
    const answer = await exchange(server, request([POST, `Host: ${host}`, 'X-Forwarded-Host: evil.example', auth, FORM], MACHINE));
    expectOk(answer);
    expect(claimsOf(answer.json['access_token'])).toMatchObject({ iss: 'https://auth.example/oauth', aud: 'https://auth.example/oauth' });
  });

  it('an answer has its type and lifetime always, scope as one text, and nothing that is null', async () => {
    const server = await start();
    const users = await T(server, `${LOGIN}&scope=b+a`);
    const answers = [await T(server, MACHINE), await T(server, `${MACHINE}&scope=b+a`), users, await T(server, `grant_type=refresh_token&refresh_token=${String(users.json['refresh_token'])}`), await T(server, `${LOGIN}&scope=openid`)];
    for (const answer of answers) {
      expectOk(answer);
      expect(answer.json['token_type']).toBe('bearer');
      expect(answer.text).toMatch(/"expires_in":3600[,}]/);
      expect(typeof answer.json['scope']).toBe('string');
      expect(Object.values(answer.json)).not.toContain(null);
      expect(Object.values(answer.json)).not.toContain('');
    }
    expect(answers.slice(0, 4).map(({ json }) => json['scope'])).toEqual(['a', 'b a', 'b a', 'b a']);
    expect(answers.slice(0, 2).map(({ json }) => Object.keys(json))).toEqual(Array(2).fill(['access_token', 'token_type', 'expires_in', 'scope']));
  });

  it('every refusal is a 4xx with its code, a wrong user or password 400 invalid_grant', async () => {
    const server = await start();
    const refusals: [number, string, string, Readonly<Record<string, string>>?][] = [
      [400, 'invalid_grant', 'grant_type=password&username=U1&password=wrong'], [400, 'invalid_grant', 'grant_type=password&username=nobody&password=pw1'], [400, 'invalid_grant', 'grant_type=refresh_token&refresh_token=x'],
      [400, 'invalid_scope', `${MACHINE}&scope=unknown`], [400, 'invalid_request', ''], [400, 'unsupported_grant_type', 'grant_type=authorization_code&code=x'], [401, 'invalid_client', MACHINE, {}],
      [401, 'invalid_client', MACHINE, basic('C1', 'wrong')], [400, 'invalid_target', `${MACHINE}&resource=https%3A%2F%2Fother.example`],
    ];
    for (const [status, code, body, headers] of refusals) {
      const answer = await T(server, body, headers);
      expectError(answer, status, code);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(typeof answer.json['error']).toBe('string');
    }
  });
});

describe.each(MAJORS)('what clients send beside the token route, on Express %i', (express: ExpressMajor) => {
  const start = (options: Parameters<typeof serve>[0] = {}): Promise<TestServer> => serve({ express, ...options });
  const tokenOf = async (server: TestServer, body = MACHINE): Promise<string> => String((await T(server, body)).json['access_token']);
  const at = (path: string, ...lines: readonly string[]): readonly string[] => [`POST /oauth/${path} HTTP/1.1`, 'Host: 127.0.0.1:3000', ...lines];
  const get = (server: TestServer, path: string, ...lines: readonly string[]): Promise<Answer> => exchange(server, head(`GET ${path} HTTP/1.1`, ...(lines.some((line) => line.startsWith('Host')) ? lines : ['Host: 127.0.0.1:3000', ...lines])));
  const auth = `Authorization: ${C1.authorization}`;
  const ENDPOINTS = ['revoke', 'introspect'] as const;
  type Endpoint = (typeof ENDPOINTS)[number];
  const EXPECTED: Readonly<Record<Endpoint, object>> = { revoke: {}, introspect: { active: true, client_id: 'C1', sub: 'C1', scope: 'a', token_type: 'bearer' } };
  /** That the endpoint did what it is for. */
  const expectDone = (answer: Answer, endpoint: Endpoint): void => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    if (endpoint === 'revoke') expect(answer.text).toBe('{}');
    else expect(answer.json).toMatchObject(EXPECTED[endpoint]);
  };

  describe.each(ENDPOINTS)('%s', (endpoint) => {
    it.each([
      ['raw', 'p@ss:w+rd %&=/?', (text: string) => text],
      ['form-encoded as in a browser', 'p@ss:w+rd %&=/?', encoders[0]![1]],
      ['form-encoded, even the hyphen', 'a-b+c', encoders[2]![1]],
      ['raw with a garbled escape', '100%41%zz%', (text: string) => text],
      ['raw but for the colon', 'p%zz:+', (text: string) => text.replaceAll(':', '%3A')],
      ['in Latin-1', 'gehé1m£', (text: string) => Buffer.from(text, 'latin1').toString('latin1')],
    ] as const)('takes Basic credentials %s', async (how, secret, encode) => {
      const server = await start();
      server.clients.set('C1', { ...server.clients.get('C1')!, secretHash: sha256Hash(secret) });
      const line = basicLine(Buffer.from(`C1:${encode(secret)}`, how === 'in Latin-1' ? 'latin1' : 'utf8'));
      const { json } = await exchange(server, request([POST, 'Host: x', line, FORM], MACHINE));
      expectDone(await exchange(server, request(at(endpoint, line, FORM), `token=${String(json['access_token'])}`)), endpoint);
      expectE401(await exchange(server, request(at(endpoint, basicLine(`C1:${secret}x`), FORM), `token=${String(json['access_token'])}`)));
    });

    it.each(['', '&token_type_hint=access_token', '&token_type_hint=refresh_token', '&token_type_hint=nonsense', '&token_type_hint=', '&code=&redirect_uri=https%3A%2F%2Fapp.example%2F&audience=&allow_redirects=True'])('takes credentials by header, by body and beside the same client_id, with %j', async (more) => {
      const server = await start();
      for (const [lines, credentials] of [[[auth], ''], [[], `&client_id=C1&client_secret=${SECRETS.C1}`], [[auth.replace('Basic', 'basic')], '&client_id=C1&client_secret=']] as const) {
        expectDone(await exchange(server, request(at(endpoint, ...lines, FORM), `token=${await tokenOf(server)}${more}${credentials}`)), endpoint);
      }
    });

    it('challenges who shows nothing, but not a page of its own', async () => {
      const server = await start();
      const body = `token=${await tokenOf(server)}`;
      expectE401(await exchange(server, request(at(endpoint, FORM), body)));
      const page = await exchange(server, request(at(endpoint, 'X-Requested-With: XMLHttpRequest', FORM), body));
      expectError(page, 401, 'invalid_client');
      expect(page.headers.get('www-authenticate')).toBeNull();
      const connection = await openConnection(server);
      connection.write(request(at(endpoint, FORM), body));
      expectE401(await connection.answer());
      connection.write(request(at(endpoint, auth, FORM), body));
      expectDone(await connection.answer(), endpoint);
    });

    it('reads a charset, chunks, HTTP/1.0, and a body that waits for 100 Continue', async () => {
      const server = await start();
      expectDone(await exchange(server, request(at(endpoint, auth, `${FORM}; charset=UTF-8`), `token=${await tokenOf(server)}`)), endpoint);
      const body = `token=${await tokenOf(server)}`;
      expectDone(await exchange(server, head(...at(endpoint, auth, FORM, 'Transfer-Encoding: chunked')), `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), endpoint);
      expectDone(await exchange(server, request([`POST /oauth/${endpoint} HTTP/1.0`, auth, FORM], `token=${await tokenOf(server)}`)), endpoint);
      const connection = await openConnection(server);
      const waiting = `token=${await tokenOf(server)}`;
      connection.write(head(...at(endpoint, auth, FORM, `Content-Length: ${String(waiting.length)}`, 'Expect: 100-continue')));
      expect((await connection.answer()).status).toBe(100);
      connection.write(waiting);
      expectDone(await connection.answer(), endpoint);
    });

    it.each(['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'application/token-introspection+jwt', ''])('answers JSON to Accept: %s, whatever the Host', async (accept) => {
      const server = await start();
      const lines = [`POST /oauth/${endpoint} HTTP/1.1`, 'Host: evil.example', `Accept: ${accept}`];
      expectDone(await exchange(server, request([...lines, auth, FORM], `token=${await tokenOf(server)}`)), endpoint);
      expectE401(await exchange(server, request([...lines, FORM], 'token=x')));
    });

    it('knows a public client by its id alone', async () => {
      const server = await start();
      for (const [lines, more] of [[[], '&client_id=P1'], [[], '&client_id=P1&client_secret='], [[basicLine('P1:')], '']] as const) {
        const { json } = await T(server, `${LOGIN}&client_id=P1`, {});
        const answer = await exchange(server, request(at(endpoint, ...lines, FORM), `token=${String(json['refresh_token'])}${more}`));
        if (endpoint === 'revoke') expectDone(answer, endpoint);
        // Anyone can say that they are that client.
        else expectE401(answer);
      }
    });
  });

  it('revocation answers 200 and {} for a token that nobody knows, introspection that it is not active', async () => {
    const server = await start();
    for (const token of ['x', 'a.b.c', '%20', 'at_unknown']) {
      expectDone(await exchange(server, request(at('revoke', auth, FORM), `token=${token}`)), 'revoke');
      const looked = await exchange(server, request(at('introspect', auth, FORM), `token=${token}`));
      expect({ status: looked.status, text: looked.text, type: looked.headers.get('content-type') }).toEqual({ status: 200, text: '{"active":false}', type: 'application/json' });
    }
  });

  it.each(['jwt', 'opaque'] as const)('introspection tells the Apache modules what they ask for: %s', async (format) => {
    const server = await start({ oauth: { accessToken: { format } } });
    for (const [body, sub] of [[MACHINE, 'C1'], [LOGIN, 'user-1']] as const) {
      const looked = await exchange(server, request(at('introspect', 'User-Agent: liboauth2', 'Accept: */*', auth, FORM), `token=${await tokenOf(server, body)}&token_type_hint=access_token`));
      expect(looked.json).toMatchObject({ active: true, scope: 'a', client_id: 'C1', sub, exp: expect.any(Number) as number });
      expect(Object.values(looked.json)).not.toContain(null);
    }
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('a resource takes %s from each client, over HTTP/1.0 too', async (scheme) => {
    const server = await start();
    const line = `Authorization: ${scheme} ${await tokenOf(server)}`;
    for (const lines of Object.values(CLIENTS)) {
      const answer = await get(server, '/resource?access_token=of-the-app', ...lines.slice(1), line);
      expect(answer.status).toBe(200);
    }
    for (const lines of [[], ['Connection: Keep-Alive'], ['Host: evil.example']]) expect((await exchange(server, head('GET /resource HTTP/1.0', ...lines, line))).status).toBe(200);
  });

  it('a resource says invalid_token on 401, nothing where no token came, insufficient_scope on 403', async () => {
    const server = await start({ routes: (app, oauth) => { app.get('/b', oauth.requireBearer('b'), (_req, res) => { res.json('b'); }); } });
    const token = await tokenOf(server);
    for (const accept of ['*/*', 'text/html', 'application/json, text/plain, */*']) {
      expectNoCredentials(await get(server, '/resource', `Accept: ${accept}`));
      expectNoCredentials(await get(server, '/resource', `Accept: ${accept}`, auth));
      expectChallenge(await get(server, '/resource', `Accept: ${accept}`, `Authorization: Bearer ${token}x`), 401, 'invalid_token');
      const narrow = await get(server, '/b', `Accept: ${accept}`, 'X-Requested-With: XMLHttpRequest', `Authorization: Bearer ${token}`);
      expectChallenge(narrow, 403, 'insufficient_scope');
      expect(challengeParams(narrow)['scope']).toBe('b');
    }
  });

  it.each(['127.0.0.1', 'auth.example', 'evil.example:99'])('metadata and keys are the same for Host: %s', async (host) => {
    const server = await start({ routes: (app, oauth) => { app.use(oauth.wellKnown); } });
    for (const path of ['/.well-known/oauth-authorization-server/oauth', '/.well-known/openid-configuration/oauth', '/oauth/.well-known/openid-configuration', '/oauth/.well-known/oauth-authorization-server']) {
      const found = await get(server, path, `Host: ${host}`, 'X-Forwarded-Host: evil.example', 'Accept: text/html');
      expect(found.status).toBe(200);
      expect(found.headers.get('content-type')).toBe('application/json');
      expect(found.json).toMatchObject({ issuer: 'https://auth.example/oauth', jwks_uri: 'https://auth.example/oauth/jwks', token_endpoint: 'https://auth.example/oauth/token', response_types_supported: [] });
      expect(found.text).not.toContain('evil');
    }
    const { keys } = (await get(server, '/oauth/jwks', `Host: ${host}`, 'Accept: text/html')).json as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String) as string, use: 'sig' });
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(key).not.toHaveProperty(member);
    }
  });

  it.each([[MACHINE, 'C1'], [LOGIN, 'user-1']])('a token says all that verifiers ask for: %s', async (body, sub) => {
    const server = await start();
    const token = await tokenOf(server, body);
    const now = Date.now() / 1000;
    const header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as Record<string, unknown>;
    const { keys } = (await get(server, '/oauth/jwks')).json as { keys: Record<string, unknown>[] };
    expect(header['typ']).toBe('at+jwt');
    expect(keys.map(({ kid }) => kid)).toContain(header['kid']);
    const claims = claimsOf(token);
    expect(claims).toMatchObject({ iss: 'https://auth.example/oauth', aud: 'https://auth.example/oauth', sub, client_id: 'C1', scope: 'a', jti: expect.any(String) as string });
    expect(claims['iat'] as number).toBeLessThanOrEqual(now);
    expect(claims['exp'] as number).toBe((claims['iat'] as number) + 3600);
  });

  it('pages elsewhere can read every answer where the app allows it', async () => {
    const ORIGIN = 'https://page.example';
    // What the app's own `cors()` does when it stands before the router.
    const server = await start({
      before: (app) => {
        app.use((req, res, next) => {
          res.setHeader('Access-Control-Allow-Origin', '*');
          res.setHeader('Access-Control-Expose-Headers', 'WWW-Authenticate');
          if (req.method !== 'OPTIONS') { next(); return; }
          res.setHeader('Access-Control-Allow-Headers', req.headers['access-control-request-headers'] ?? '');
          res.status(204).end();
        });
      },
    });
    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/resource']) {
      const preflight = await exchange(server, head(`OPTIONS ${path} HTTP/1.1`, 'Host: x', `Origin: ${ORIGIN}`, 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization,content-type,x-requested-with'));
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-requested-with');
    }
    const page = [`Origin: ${ORIGIN}`, 'X-Requested-With: XMLHttpRequest'];
    const answers = [
      await exchange(server, request(at('token', ...page, auth, FORM), MACHINE)), await exchange(server, request(at('token', ...page, FORM), MACHINE)), await exchange(server, request(at('token', ...page, auth, FORM), 'grant_type=x')),
      await exchange(server, request(at('revoke', ...page, auth, FORM), 'token=x')), await exchange(server, request(at('introspect', ...page, auth, FORM), 'token=x')), await get(server, '/resource', ...page),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 400, 200, 200, 401]);
    for (const { headers } of answers) expect([headers.get('access-control-allow-origin'), headers.get('access-control-expose-headers')]).toEqual(['*', 'WWW-Authenticate']);
  });
});
