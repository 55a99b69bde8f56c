import type { Client } from '../../lib';
import { SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { exchange, head, openConnection, request } from '../support/connection';
import { expectE401, expectError, expectOk } from '../support/expect';
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
