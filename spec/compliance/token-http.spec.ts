import { gzipSync } from 'node:zlib';
import { oauthRouter, OAuthError, type OAuthRouterOptions } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, SECRETS, U1, type ExpressMajor, type StartOptions, type TestServer } from '../support/app';
import { exchange, openConnection, request } from '../support/connection';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, login, post, refresh, send, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const FORM = 'application/x-www-form-urlencoded';
const MACHINE = 'grant_type=client_credentials';
const LOGIN = 'grant_type=password&username=U1&password=pw1';
const invalidRequest = (answer: Answer): void => { expectError(answer, 400, 'invalid_request'); };

/** The lines of a token request of C1, with these after them. */
const lines = (...more: readonly string[]): string[] => ['POST /oauth/token HTTP/1.1', 'Host: auth.example', `Authorization: ${C1.authorization}`, ...more];
const typed = (type: string): string => `Content-Type: ${type}`;

/** Asks the token route with a body of bytes, as C1. */
const sendBytes = (server: TestServer, body: string | Buffer, type = FORM): Promise<Answer> => exchange(server, request(lines(typed(type)), body));

/** A server that counts what is asked of the app. */
async function countingServer(options: StartOptions = {}): Promise<{ readonly server: TestServer; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = await serve({
    ...options,
    oauth: {
      findClient: (id) => {
        asked.push(id);
        return server.clients.get(id);
      },
      verifyUser: (username) => {
        asked.push(username);
        return U1;
      },
      ...options.oauth,
    },
  });
  return { server, asked };
}

/** A server that lets every user in and tells what it was given. */
async function listeningServer(express: ExpressMajor): Promise<{ readonly server: TestServer; readonly seen: string[][] }> {
  const seen: string[][] = [];
  const verifyUser: OAuthRouterOptions['verifyUser'] = (username, password) => {
    seen.push([username, password]);
    return U1;
  };
  return { server: await serve({ express, oauth: { verifyUser } }), seen };
}

describe.each(MAJORS)('the token route over HTTP, on Express %i', (express: ExpressMajor) => {
  const start = (options: StartOptions = {}): Promise<TestServer> => serve({ express, ...options });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND'])('TE-01 refuses %s, and does nothing', async (method) => {
    const { server, asked } = await countingServer({ express });
    const connection = await openConnection(server);
    const sent = request([`${method} /oauth/token?${MACHINE} HTTP/1.1`, 'Host: x', `Authorization: ${C1.authorization}`, typed(FORM), 'X-HTTP-Method-Override: POST', 'Connection: close'], MACHINE);
    connection.write(sent);
    const answer = method === 'HEAD' ? await send(server, `/oauth/token?${MACHINE}`, { method, headers: C1 }) : await connection.answer();
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    if (method !== 'HEAD') expectError(answer, 405, 'invalid_request');
    expect(answer.text).not.toContain('access_token');
    expect(asked).toEqual([]);
    expect(server.events).toEqual([]);
  });

  it('TE-02 takes no parameter from the URL', async () => {
    const server = await start();
    invalidRequest(await post(server, `/oauth/token?${MACHINE}`, ''));
    expectE401(await post(server, `/oauth/token?client_id=C1&client_secret=${SECRETS.C1}`, MACHINE, {}));
    expectE401(await post(server, '/oauth/token?client_id=P1', LOGIN, {}));
    const answer = await post(server, '/oauth/token?scope=b&grant_type=password&tenant=1', MACHINE);
    expectOk(answer);
    expect(answer.json['scope']).toBe('a');
  });

  const twice = [
    `${MACHINE}&scope=a&scope=b`, `${MACHINE}&scope=a&scope=a`, `${MACHINE}&scope=&scope=a`, `${MACHINE}&scope=a&scope`, `${MACHINE}&scope=a&sc%6Fpe=b`,
    `${MACHINE}&${MACHINE}`, `${MACHINE}&grant_type=password`, `${LOGIN}&username=U1`, `${LOGIN}&username=U2`, `${LOGIN}&password=pw1`, `${MACHINE}&client_id=C1&client_id=C1`,
    `${MACHINE}&client_secret=&client_secret=`, 'grant_type=refresh_token&refresh_token=x&refresh_token=x', `${MACHINE}&foo=1&foo=1`, `${MACHINE}&foo=1&foo=2`, `${MACHINE}&=1&=2`,
    `${MACHINE}&__proto__=1&__proto__=2`, `${MACHINE}&client_assertion=x&client_assertion=x`,
  ];
  it.each(twice)('TE-03 refuses a parameter that stands twice: %s', async (body) => {
    const { server, asked } = await countingServer({ express });
    invalidRequest(await T(server, body));
    expect(asked).toEqual([]);
  });

  it('TE-03 finds the second one however far down it stands', async () => {
    const server = await start();
    const many = Array.from({ length: 2000 }, (_, i) => `p${String(i)}=1`).join('&');
    expectOk(await T(server, `${MACHINE}&${many}`));
    invalidRequest(await T(server, `${MACHINE}&${many}&scope=a&scope=b`));
    invalidRequest(await T(server, `${MACHINE}&${many}&p0=1`));
    invalidRequest(await T(server, `${MACHINE}&${many}&${MACHINE}`));
  });

  it('TE-04 takes several resources, all of them or none', async () => {
    const server = await start();
    const [one, two, other] = [AUDIENCE_1, AUDIENCE_2, 'https://other.example/'].map(encodeURIComponent);
    const answer = await T(server, `${MACHINE}&resource=${one}&resource=${two}`);
    expectOk(answer);
    expect(claimsOf(answer.json['access_token'])['aud']).toEqual([AUDIENCE_1, AUDIENCE_2]);
    expectError(await T(server, `${MACHINE}&resource=${one}&resource=${other}`), 400, 'invalid_target');
    expectError(await T(server, `${MACHINE}&resource=${other}&resource=${one}`), 400, 'invalid_target');
  });

  it('TE-05 takes a parameter without value for an absent one', async () => {
    const server = await start();
    for (const scope of ['&scope=', '&scope', '']) {
      const answer = await T(server, MACHINE + scope);
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
    }
    invalidRequest(await T(server, 'grant_type='));
    invalidRequest(await T(server, 'grant_type'));
    invalidRequest(await T(server, 'grant_type=password&username=&password=pw1'));
    invalidRequest(await T(server, 'grant_type=password&username=U1&password='));
    invalidRequest(await T(server, 'grant_type=refresh_token&refresh_token='));
    for (const none of ['client_secret=', 'client_id=', 'client_id=C1&client_secret=', 'client_assertion=&client_assertion_type=', 'resource=', '&&']) {
      expectOk(await T(server, `${MACHINE}&${none}`));
    }
    expectE401(await T(server, `${MACHINE}&client_id=`, {}));
    expectOk(await login(server, { client_id: 'P1', client_secret: '' }, {}));
  });

  it('TE-06 ignores what it does not know', async () => {
    const server = await start();
    const known = await T(server, MACHINE);
    const answer = await T(server, `${MACHINE}&foo=bar&nonce=x&audience=y&code=&redirect_uri=https%3A%2F%2Fx&__proto__=x&constructor=x&toString=x&hasOwnProperty=x&a.b=c&%C3%A9=1&flag`);
    expectOk(answer);
    expect(Object.keys(answer.json)).toEqual(Object.keys(known.json));
    expect(Object.keys(claimsOf(answer.json['access_token'])).sort()).toEqual(Object.keys(claimsOf(known.json['access_token'])).sort());
    expect(claimsOf(answer.json['access_token'])).toMatchObject({ aud: claimsOf(known.json['access_token'])['aud'], scope: 'a' });
  });

  const asJson = JSON.stringify({ grant_type: 'client_credentials' });
  const asParts = '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nclient_credentials\r\n--x--\r\n';
  const otherTypes: [string, string][] = [
    ['application/json', asJson], ['application/json; charset=utf-8', asJson], ['multipart/form-data; boundary=x', asParts], ['text/plain', MACHINE], ['application/json', MACHINE],
    ['application/octet-stream', MACHINE], ['application/xml', MACHINE], [`${FORM}2`, MACHINE], [`x${FORM}`, MACHINE], [`${FORM}, application/json`, MACHINE], [`text/plain; a=${FORM}`, MACHINE], ['', MACHINE], ['nonsense', MACHINE],
  ];
  it.each(otherTypes)('TE-07 refuses a body of type %j and names the right one', async (type, body) => {
    const { server, asked } = await countingServer({ express });
    const answer = await sendBytes(server, body, type);
    invalidRequest(answer);
    expect(answer.json['error_description']).toContain(FORM);
    expect(asked).toEqual([]);
  });

  it('TE-07 refuses a body without type, JSON under a wrong flag, and a compressed form', async () => {
    const server = await start();
    const untyped = await exchange(server, request(lines(), MACHINE));
    invalidRequest(untyped);
    expect(untyped.json['error_description']).toContain(FORM);
    invalidRequest(await T(server, asJson));
    for (const coding of ['gzip', 'deflate', 'br', 'nonsense']) {
      invalidRequest(await exchange(server, request(lines(typed(FORM), `Content-Encoding: ${coding}`), gzipSync(MACHINE))));
    }
    expectOk(await exchange(server, request(lines(typed(FORM), 'Content-Encoding: identity'), MACHINE)));
  });

  it('TE-07 answers 413 to a body that is too large, however it comes', async () => {
    const { server, asked } = await countingServer({ express });
    const large = `${MACHINE}&x=${'x'.repeat(32 * 1024)}`;
    expectError(await T(server, large), 413, 'invalid_request');
    expectError(await T(server, `x=${'x'.repeat(512 * 1024)}`), 413, 'invalid_request');
    const chunk = `${(1024).toString(16)}\r\n${'x'.repeat(1024)}\r\n`;
    expectError(await exchange(server, request(lines(typed(FORM), 'Transfer-Encoding: chunked')).toString().replace(/Content-Length: 0\r\n/, ''), chunk.repeat(40), '0\r\n\r\n'), 413, 'invalid_request');
    expect(asked).toEqual([]);
    expectOk(await T(server, `${MACHINE}&x=${'x'.repeat(16 * 1024)}`));
  });

  it('TE-07 does not wait for the rest of a body that says how large it will be', async () => {
    const server = await start();
    const answer = await exchange(server, `${lines(typed(FORM), 'Content-Length: 1000000000').join('\r\n')}\r\n\r\n${MACHINE}`);
    expectError(answer, 413, 'invalid_request');
    expect(answer.headers.get('connection')).toBe('close');
  });

  it('TE-07 gives up on a body that does not come', async () => {
    const server = await start({ oauth: { timeout: 0.05 } });
    const answer = await exchange(server, `${lines(typed(FORM), 'Content-Length: 100').join('\r\n')}\r\n\r\n${MACHINE}`);
    expectError(answer, 408, 'invalid_request');
    expect(answer.headers.get('connection')).toBe('close');
  });

  it('TE-07 is not disturbed by a client that hangs up before its body is there', async () => {
    let aborted = 0;
    const { server, asked } = await countingServer({ express, before: (app) => app.use((req, _res, next) => { req.on('error', () => { aborted += 1; }); next(); }) });
    const connection = await openConnection(server);
    connection.write(`${lines(typed(FORM), 'Content-Length: 100').join('\r\n')}\r\n\r\n${MACHINE}`);
    // Once this one is answered, the other has been taken up as well.
    expectOk(await T(server, MACHINE));
    connection.hangUp();
    while (aborted === 0) await new Promise(setImmediate);
    expectOk(await T(server, MACHINE));
    expect(asked).toEqual(['C1', 'C1']);
    expect(server.events.map(({ type }) => type)).toEqual(['token_issued', 'token_issued']);
  });

  it('TE-08 reads octets as UTF-8, escaped or not', async () => {
    const { server, seen } = await listeningServer(express);
    expectOk(await T(server, 'grant_type=password&username=Gr%C3%BC%C3%9Fe&password=%C2%A3'));
    expectOk(await sendBytes(server, Buffer.from('grant_type=password&username=Grüße&password=£')));
    expectOk(await sendBytes(server, 'grant_type=password&username=Gr%c3%bc%c3%9fe&password=%C2%A3', `${FORM}; charset=UTF-8`));
    expect(seen).toEqual(Array(3).fill(['Grüße', '£']));
  });

  it.each(['iso-8859-1', 'ISO-8859-1', '"iso-8859-1"', 'latin1', 'us-ascii', 'utf-16', 'utf-7', 'windows-1252', 'nonsense', ''])('TE-08 refuses the charset %s', async (charset) => {
    const { server, seen } = await listeningServer(express);
    for (const separator of [';', '; ', ' ;\t', ';boundary=x; ']) {
      const answer = await sendBytes(server, 'grant_type=password&username=U1&password=%A3', `${FORM}${separator}charset=${charset}`);
      invalidRequest(answer);
      expect(answer.json['error_description']).toContain('UTF-8');
      invalidRequest(await sendBytes(server, LOGIN, `${FORM}${separator}Charset=${charset}`));
    }
    expect(seen).toEqual([]);
  });

  const broken = ['%ff', '%C0%AE', '%zz', '%u0041', '%ED%A0%80', '%', 'a%', '%4', '%%41', '%E2%82', '%F4%90%80%80', '%F8%88%80%80%80', '%C2', '%80', '%C2%A3%'];
  it.each(broken)('TE-09 refuses what is no UTF-8 or no escape: %s', async (value) => {
    const { server, seen } = await listeningServer(express);
    invalidRequest(await T(server, `grant_type=password&username=${value}&password=pw1`));
    invalidRequest(await T(server, `grant_type=password&username=U1&password=${value}`));
    invalidRequest(await T(server, `${LOGIN}&scope=${value}`));
    invalidRequest(await T(server, `${LOGIN}&unknown=${value}`));
    invalidRequest(await T(server, `${LOGIN}&${value}=x`));
    expect(seen).toEqual([]);
  });

  it.each(['ff', 'c0ae', 'eda080', 'e282', '80', 'f4908080'])('TE-09 refuses octets that are no UTF-8: %s', async (hex) => {
    const { server, seen } = await listeningServer(express);
    const octets = Buffer.from(hex, 'hex');
    invalidRequest(await sendBytes(server, Buffer.concat([Buffer.from('grant_type=password&username=U1&password='), octets])));
    invalidRequest(await sendBytes(server, Buffer.concat([Buffer.from(`${LOGIN}&`), octets, Buffer.from('=1')])));
    expect(seen).toEqual([]);
  });

  it('TE-10 decodes the example of RFC 6749 App. B', async () => {
    const password = ' %&+£€';
    const server = await start({ oauth: { verifyUser: (_username, given) => (given === password ? U1 : undefined) } });
    expectOk(await T(server, 'grant_type=password&username=U1&password=+%25%26%2B%C2%A3%E2%82%AC'));
    expectOk(await T(server, 'grant_type=password&username=U1&password=%20%25%26%2b%c2%a3%e2%82%ac'));
    expectError(await T(server, 'grant_type=password&username=U1&password=%2B%25%26%2B%C2%A3%E2%82%AC'), 400, 'invalid_grant');
  });

  const spellings = [
    'client%20credentials', 'client+credentials', 'CLIENT_CREDENTIALS', 'Client_Credentials', 'client_credentials%00', 'client_credentials%20', '+client_credentials', 'client_credentials%0A',
    'client_credential', 'client_credentialss', 'clientcredentials', '__proto__', 'constructor', 'toString', 'urn:ietf:params:oauth:grant-type:client_credentials', 'authorization_code',
  ];
  it.each(spellings)('TE-11 takes no other spelling of a grant type: %s', async (type) => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['client_credentials', decodeURIComponent(type)] });
    expectError(await T(server, `grant_type=${type}`), 400, 'unsupported_grant_type');
  });

  it('TE-12 tells a missing, an unknown and a forbidden grant type apart', async () => {
    const server = await start();
    server.clients.set('C2', { ...server.clients.get('C2')!, grants: ['client_credentials'] });
    invalidRequest(await T(server, 'scope=a'));
    invalidRequest(await T(server, ''));
    expectError(await T(server, 'grant_type=device_code'), 400, 'unsupported_grant_type');
    for (const body of [LOGIN, 'grant_type=refresh_token&refresh_token=x']) {
      expectError(await T(server, body, basic('C2', SECRETS.C2)), 400, 'unauthorized_client');
    }
  });

  it('TE-13 judges the client before anything else', async () => {
    const server = await start();
    server.clients.set('C2', { ...server.clients.get('C2')!, grants: [] });
    const bodies = ['', 'grant_type=nonsense', 'grant_type=password', `${MACHINE}&scope=%22`, `${MACHINE}&scope=unknown`, `${MACHINE}&resource=x`, LOGIN];
    for (const credentials of [basic('C1', 'wrong'), basic('C2', 'wrong'), basic('nobody', 'x'), {}]) {
      for (const body of bodies) expectE401(await T(server, body, credentials));
    }
  });

  it('TE-14 refuses plain HTTP where TLS is required, before it looks at credentials', async () => {
    const { server, asked } = await countingServer({ express, oauth: { requireTls: true } });
    for (const headers of [C1, { ...C1, 'x-forwarded-proto': 'https' }, { ...C1, forwarded: 'proto=https' }, { ...C1, 'x-forwarded-ssl': 'on' }, basic('C1', 'wrong'), {}]) {
      invalidRequest(await T(server, MACHINE, headers));
    }
    expect(asked).toEqual([]);
    expect(server.events).toEqual([]);
  });

  it.each([
    ['/oauth/revoke', 'POST'], ['/oauth/introspect', 'POST'], ['/oauth/userinfo', 'GET'], ['/oauth/userinfo', 'POST'],
  ])('TE-14 refuses plain HTTP at every endpoint that is shown a token: %s by %s', async (path, method) => {
    const { server, asked } = await countingServer({ express, oauth: { requireTls: true } });
    invalidRequest(await send(server, path, { method, headers: { ...C1, 'content-type': FORM } }));
    invalidRequest(await send(server, path, { method, headers: { authorization: 'Bearer anything', 'content-type': FORM } }));
    expect(asked).toEqual([]);
    expect(server.events).toEqual([]);
  });

  it('TE-14 believes the proxies that the app trusts, and no others', async () => {
    const trusting = (proxies: string): StartOptions => ({ express, oauth: { requireTls: true }, before: (app) => app.set('trust proxy', proxies) });
    const behindProxy = await start(trusting('loopback'));
    expectOk(await T(behindProxy, MACHINE, { ...C1, 'x-forwarded-proto': 'https' }));
    invalidRequest(await T(behindProxy, MACHINE, { ...C1, 'x-forwarded-proto': 'http' }));
    invalidRequest(await T(behindProxy, MACHINE));
    const elsewhere = await start(trusting('192.0.2.7'));
    invalidRequest(await T(elsewhere, MACHINE, { ...C1, 'x-forwarded-proto': 'https' }));
  });

  it('TE-15 never redirects from HTTP to HTTPS', async () => {
    const server = await start({ oauth: { requireTls: true } });
    for (const answer of [await T(server, MACHINE), await T(server, LOGIN, basic('C1', 'wrong')), await send(server, '/oauth/token'), await post(server, '/oauth/revoke', 'token=x')]) {
      expect(Math.floor(answer.status / 100)).toBe(4);
      expect(answer.headers.get('location')).toBeNull();
      expectError(answer, answer.status, 'invalid_request');
    }
  });

  it.each(['/oauth/token', '/oauth/token?tenant=1', '/oauth/token?'])('TE-16 serves %s: a query stays what it is', async (path) => {
    expectOk(await post(await start(), path, MACHINE));
  });

  const wrong = basic('C1', 'wrong').authorization;
  const doubled: [string, string[]][] = [
    ['Authorization, right then wrong', [typed(FORM), `Authorization: ${wrong}`]],
    ['Authorization, the same', [typed(FORM), `Authorization: ${C1.authorization}`]],
    ['authorization in another case', [typed(FORM), `aUTHORIZATION: ${C1.authorization}`]],
    ['Authorization, right then empty', [typed(FORM), 'Authorization:']],
    ['Authorization, right then Bearer', [typed(FORM), 'Authorization: Bearer x']],
    ['Content-Type, the same', [typed(FORM), typed(FORM)]],
    ['Content-Type, form then JSON', [typed(FORM), typed('application/json')]],
    ['Content-Type, JSON then form', [typed('application/json'), typed(FORM)]],
    ['Host, the same', [typed(FORM), 'Host: auth.example']],
    ['Host, another', [typed(FORM), 'host: other.example']],
  ];
  it.each(doubled)('TE-17 refuses a doubled %s', async (_name, more) => {
    const { server, asked } = await countingServer({ express });
    invalidRequest(await exchange(server, request(lines(...more), MACHINE)));
    expect(asked).toEqual([]);
  });

  it('TE-17 refuses a doubled Authorization, wrong then right', async () => {
    const server = await start();
    const sent = request(['POST /oauth/token HTTP/1.1', 'Host: x', `Authorization: ${wrong}`, `Authorization: ${C1.authorization}`, typed(FORM)], MACHINE);
    invalidRequest(await exchange(server, sent));
  });

  const noText = [
    'scope[]=a', 'scope[]=a&scope[]=b', 'scope[0]=a', 'scope[x]=a', 'scope%5B%5D=a', 'username[$ne]=x', 'grant_type[]=password', '__proto__[scope]=b', 'constructor[prototype][scope]=b', 'client_id[]=C1', 'a[',
  ];
  it.each(noText)('OW-16 TE-18 makes no array and no object of %s', async (field) => {
    const { server, asked } = await countingServer({ express });
    invalidRequest(await T(server, `${MACHINE}&${field}`));
    invalidRequest(await T(server, `${LOGIN}&${field}`));
    expect(asked).toEqual([]);
    expect(({} as Record<string, unknown>)['scope']).toBeUndefined();
  });

  it('TE-18 knows no parameter that nobody sent', async () => {
    const server = await start();
    for (const name of ['__proto__', 'constructor', 'toString', 'prototype']) {
      const answer = await T(server, `${MACHINE}&${name}=b`);
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
      invalidRequest(await T(server, `${name}=client_credentials`));
    }
  });

  it('TE-19 gives each body its type', async () => {
    const broken: TestServer = await start({ oauth: { timeout: 0.05, verifyUser: () => ({ get id(): string { throw new Error('broken'); } }), findClient: (id) => { if (id === 'throws') throw new Error('broken'); if (id === 'nonsense') return 7 as never; return broken.clients.get(id); } } });
    const answers: [number, string, Answer][] = [
      [405, 'invalid_request', await send(broken, '/oauth/token')],
      [413, 'invalid_request', await T(broken, 'x'.repeat(40_000))],
      [400, 'invalid_request', await T(broken, '%')],
      [401, 'invalid_client', await T(broken, MACHINE, {})],
      [400, 'unsupported_grant_type', await T(broken, 'grant_type=x')],
      [503, 'temporarily_unavailable', await T(broken, MACHINE, basic('throws', 'x'))],
      [500, 'server_error', await T(broken, MACHINE, basic('nonsense', 'x'))],
      [408, 'invalid_request', await exchange(broken, `${lines(typed(FORM), 'Content-Length: 9').join('\r\n')}\r\n\r\nx`)],
    ];
    for (const [status, code, answer] of answers) expectError(answer, status, code);
    expectOk(await T(broken, MACHINE));
    // What is no endpoint goes on to the app, which has a type for its own page.
    const unknown = await post(broken, '/oauth/nothing-here', MACHINE);
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toMatch(/^text\/html/);
    expect(unknown.text).toMatch(/^<!DOCTYPE html>/);
  });

  const codePoints = [...Array.from({ length: 33 }, (_, i) => i), 0x22, 0x25, 0x27, 0x5c, ...Array.from({ length: 34 }, (_, i) => 0x7e + i), 0x2028, 0x2029, 0xfeff, 0xfffd, 0xfffe, 0x10ffff];
  const texts = [
    ...codePoints.map((point) => `x${String.fromCodePoint(point)}y`), 'x'.repeat(30_000), 'x'.repeat(65_536), '👩‍👩‍👧‍👦'.repeat(500), "' OR '1'='1", '$(id)', '../../etc/passwd', '%s%n', '{"$gt":""}', '<script>', '__proto__', '0', '-1', 'null', 'true',
  ];
  const CODES = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target', 'temporarily_unavailable'];
  it.each(['grant_type', 'scope', 'username', 'password', 'client_id', 'client_secret', 'refresh_token', 'resource', 'client_assertion', 'nothing', ''])('TE-20 meets any text in %j with an answer of its own', async (name) => {
    const { server } = await listeningServer(express);
    const bodies: Readonly<Record<string, string>>[] = [
      { grant_type: 'client_credentials' }, { grant_type: 'password', username: 'U1', password: 'pw1' }, { grant_type: 'refresh_token', refresh_token: 'x.y' },
    ];
    for (const text of texts) {
      for (const body of bodies) {
        const answer = await T(server, { ...body, [name]: text }, name.startsWith('client_') ? {} : C1);
        expect([200, 400, 401, 403, 413, 429]).toContain(answer.status);
        if (answer.status === 200) {
          expectOk(answer);
        } else {
          expect(CODES).toContain(answer.json['error']);
          expectError(answer, answer.status, String(answer.json['error']));
        }
      }
    }
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('TE-20 meets any text in the Basic credentials with 401', async () => {
    const server = await start();
    for (const text of texts.filter((one) => one.length < 5_000)) {
      for (const headers of [basic(text, 'x'), basic('C1', text), basic(`C1${text}`, SECRETS.C1)]) expectE401(await T(server, MACHINE, headers));
    }
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('TE-21 says nothing of CORS of its own accord', async () => {
    const server = await start();
    const origin = { origin: 'https://evil.example' };
    const answers = [await T(server, MACHINE, { ...C1, ...origin }), await T(server, MACHINE, origin), await T(server, 'grant_type=x', { ...C1, ...origin })];
    const preflight = await send(server, '/oauth/token', { method: 'OPTIONS', headers: { ...origin, 'access-control-request-method': 'POST' } });
    expectError(preflight, 405, 'invalid_request');
    for (const { headers } of [...answers, preflight]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('TE-21 leaves the CORS headers of the app where they are, on a refusal too', async () => {
    const server = await start({
      before: (app) => {
        app.use((_req, res, next) => {
          res.setHeader('Access-Control-Allow-Origin', 'https://app.example');
          res.setHeader('Vary', 'Origin');
          next();
        });
      },
    });
    const good = await T(server, MACHINE);
    const bad = await T(server, MACHINE, {});
    expectOk(good);
    expectE401(bad);
    for (const { headers } of [good, bad]) {
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(headers.get('vary')).toBe('Origin');
    }
  });
});

it.each(MAJORS)('TE-20 outlives whatever of the app is in the way of its answers, on Express %i', async (express) => {
  let broken = true;
  const server = await serve({
    express,
    before: (app) => {
      app.use((_req, res, next) => {
        if (broken) res.writeHead = () => { throw new Error('a listener of the app failed'); };
        next();
      });
    },
  });
  const bodies: (readonly [string, string])[] = [[MACHINE, FORM], [LOGIN, FORM], ['{}', 'application/json'], ['x'.repeat(40_000), FORM], ['a=1&a=2', FORM], ['', FORM]];
  for (const [body, type] of bodies) {
    server.events.length = 0;
    await expect(sendBytes(server, body, type)).rejects.toThrow();
    expect(server.events.filter((event) => event.type === 'fault').at(-1)).toMatchObject({
      where: 'token endpoint',
      cause: { message: 'the answer could not be sent: look at middleware of the app that wraps res', cause: { message: 'a listener of the app failed' } },
    });
  }
  broken = false;
  expectOk(await T(server, MACHINE));
});

it.each(['https://auth.example/oauth#', 'https://auth.example/oauth#x', 'https://auth.example/#/oauth', 'https://auth.example/oauth?', 'https://auth.example/oauth?tenant=1'])(
  'TE-16 takes no issuer with a fragment, and none with a query that it would have to keep: %s',
  (issuer) => {
    expect(() => oauthRouter({ issuer, findClient: () => undefined })).toThrow(/issuer/);
    expect(() => oauthRouter({ issuer: ISSUER, findClient: () => undefined })).not.toThrow();
  },
);

it('TE-20 lets no word of a refusal of the app break the answer', async () => {
  const said = 'a "quoted" back\\slash\r\nSet-Cookie: x=1\u0000é€\u2028';
  const server = await serve({ oauth: { verifyUser: () => { throw new OAuthError('invalid_grant', said); } } });
  const answer = await login(server);
  expectError(answer, 400, 'invalid_grant');
  expect(answer.headers.get('set-cookie')).toBeNull();
  expectError(await refresh(server, said), 400, 'invalid_grant');
});
