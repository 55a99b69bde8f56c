import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OAuthEvent } from '../../lib/events';
import { readResourceServerSettings } from '../../lib/options/resource-server-settings';
import { createVerify } from '../../lib/remote/create-verify';
import { createDeadlines } from '../../lib/remote/deadlines';
import { fetchJson, type JsonRequest } from '../../lib/remote/fetch-json';
import { createKept, type Kept, type KeptFor } from '../../lib/remote/kept';
import { endpointOf, findMetadata } from '../../lib/remote/metadata';
import { createRemoteKeys } from '../../lib/remote/remote-keys';
import { signJwt } from '../../lib/tokens/jws';
import { generateKey, publicJwk, type VerificationKey } from '../../lib/tokens/keys';
import { forThisTest } from '../support/for-this-test';
import { messageOf, outcome } from '../support/outcome';

/** A server, and the paths that it was asked for. */
async function serve(answer: RequestListener): Promise<{ readonly origin: string; readonly asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(`${req.method ?? ''} ${req.url ?? ''}`);
    answer(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  return forThisTest({ origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked, close });
}
const json = (value: unknown): RequestListener => (_req, res) => { res.setHeader('content-type', 'application/json').end(JSON.stringify(value)); };
const { signal } = new AbortController();

describe('a JSON object of another server', () => {
  const get = (url: string, more: Partial<JsonRequest> = {}): ReturnType<typeof fetchJson> => fetchJson({ url, limit: 100, signal, ...more });

  it('is read where the answer is one', async () => {
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/jwk-set+json', 'application/vnd.x.y+json ;a=b']) {
      const { origin } = await serve((_req, res) => { res.setHeader('content-type', type).end('{"a":"ü"}'); });
      expect(await get(origin)).toEqual({ status: 200, json: { a: 'ü' } });
    }
  });

  it('is asked for as JSON, with the headers and the form that are given', async () => {
    const seen: unknown[] = [];
    const { origin } = await serve((req, res) => {
      req.setEncoding('utf8').on('data', (text) => { seen.push(text); }).on('end', () => {
        seen.push(req.method, req.headers.accept, req.headers['x-one'], req.headers['content-type']);
        json({})(req, res);
      });
    });
    await get(origin, { headers: { 'X-One': '1' } });
    await get(origin, { form: { token: 'a b&c' } });
    expect(seen).toEqual(['GET', 'application/json', '1', undefined, 'token=a+b%26c', 'POST', 'application/json', undefined, 'application/x-www-form-urlencoded;charset=UTF-8']);
  });

  it('is nothing where the status is another, and no redirect is followed', async () => {
    const { origin, asked } = await serve((req, res) => { res.writeHead(req.url === '/moved' ? 302 : 404, { location: '/', 'content-type': 'application/json' }).end('{}'); });
    expect(await get(`${origin}/moved`)).toEqual({ status: 302, json: undefined });
    expect(await get(`${origin}/gone`)).toEqual({ status: 404, json: undefined });
    expect(asked).toEqual(['GET /moved', 'GET /gone']);
  });

  it.each([['text/html', '{}'], ['application/jsonp', '{}'], ['text/json', '{}'], ['x application/json', '{}'], [undefined, '{}']])('is not read where its type is %p', async (type, body) => {
    const { origin } = await serve((_req, res) => { res.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body); });
    expect(await messageOf(() => get(origin))).toBe(`${origin} answered something other than JSON`);
  });

  it.each([['[]'], ['null'], ['7'], ['"text"'], ['{'], [''], [Buffer.from('{"a":"\xFF"}', 'latin1')]])('is not read where it is %p', async (body) => {
    const { origin } = await serve((_req, res) => { res.setHeader('content-type', 'application/json').end(body); });
    expect(await messageOf(() => get(origin))).toBe(`${origin} answered no JSON object`);
  });

  it('is not read past the limit', async () => {
    const { origin } = await serve((req, res) => { json({ a: 'x'.repeat(req.url === '/100' ? 92 : 93) })(req, res); });
    expect((await get(`${origin}/100`)).status).toBe(200);
    expect(await messageOf(() => get(`${origin}/101`))).toBe(`${origin}/101 answered more than 100 bytes`);
  });
});

describe('the metadata of an issuer', () => {
  it('is found where RFC 8414 has it, else where OpenID Connect Discovery does', async () => {
    const metadata: { issuer?: string } = {};
    const { origin, asked } = await serve((req, res) => {
      if (req.url === '/a/.well-known/openid-configuration') json(metadata)(req, res);
      else res.writeHead(404).end();
    });
    for (const issuer of [`${origin}/a`, `${origin}/a/`]) {
      metadata.issuer = issuer;
      expect(await findMetadata(issuer, signal)).toEqual({ issuer });
    }
    expect(asked.slice(0, 2)).toEqual(['GET /.well-known/oauth-authorization-server/a', 'GET /a/.well-known/openid-configuration']);
    expect(asked.slice(2)).toEqual(asked.slice(0, 2));
  });

  it('is refused of another issuer, and the operator reads what was tried', async () => {
    const { origin } = await serve((req, res) => {
      if (req.url?.startsWith('/.well-known/oauth') === true) json({ issuer: 'https://other.example' })(req, res);
      else res.writeHead(500).end();
    });
    const [rfc, oidc] = [`${origin}/.well-known/oauth-authorization-server`, `${origin}/.well-known/openid-configuration`];
    const failure = (await outcome(() => findMetadata(origin, signal))) as AggregateError;
    expect(failure.message).toBe(`The metadata of the issuer ${origin} could not be read`);
    expect(failure.errors.map((one: Error) => [one.message, (one.cause as Error).message])).toEqual([
      [`no metadata from ${rfc}`, `${rfc} is the metadata of another issuer`],
      [`no metadata from ${oidc}`, `${oidc} answered 500`],
    ]);
  });

  it('names URLs that are safe, and no plain HTTP where the issuer has none', () => {
    const find = (jwks_uri: unknown, issuer = 'https://auth.example'): string => endpointOf({ jwks_uri }, 'jwks_uri', issuer);
    expect([find('https://auth.example/jwks'), find('http://localhost:3/https:', 'http://localhost:3')]).toEqual(['https://auth.example/jwks', 'http://localhost:3/https:']);
    for (const unsafe of [undefined, '', 7, '/jwks', 'http://auth.example/jwks', 'https://auth.example/#a']) expect(() => find(unsafe)).toThrow('the issuer\'s metadata has no usable jwks_uri');
    expect(() => find('http://localhost/https:')).toThrow('the issuer\'s metadata has a jwks_uri without https');
  });
});

describe('work that has a deadline', () => {
  it('is answered, and its clock forgotten', async () => {
    const deadlines = createDeadlines(0.02);
    const [early] = await Promise.all([deadlines.within('It', async (given) => given), new Promise((resolve) => { setTimeout(resolve, 40); })]);
    expect(early.aborted).toBe(false);
    deadlines.close();
    expect(early.aborted).toBe(false);
  });

  it('is given up in time, listen or not', async () => {
    let given: AbortSignal | undefined;
    const work = createDeadlines(0.01).within('The issuer', (one) => { given = one; return new Promise(() => undefined); });
    await expect(work).rejects.toThrow('The issuer gave no answer within 0.01 s (option timeout)');
    expect(given?.reason).toEqual(new Error('The issuer gave no answer within 0.01 s (option timeout)'));
  });

  it('is given up, and none begun, when all is closed', async () => {
    const deadlines = createDeadlines(300);
    const work = deadlines.within('It', () => new Promise(() => undefined));
    deadlines.close();
    await expect(work).rejects.toThrow('the resource server was closed');
    let begun = false;
    await expect(deadlines.within('It', async () => { begun = true; })).rejects.toThrow('the resource server was closed');
    expect(begun).toBe(false);
  });
});

describe('what is kept of an issuer', () => {
  let seconds = 0;
  beforeEach(() => {
    seconds = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => seconds * 1000);
  });
  afterEach(() => { jest.restoreAllMocks(); });
  const turn = (): Promise<void> => new Promise(setImmediate);

  const keep = (times: Partial<KeptFor> = {}): Kept<string> & { readonly loads: unknown[]; readonly reported: unknown[]; fail: Error | undefined } => {
    const loads: unknown[] = [];
    const reported: unknown[] = [];
    const state: { fail: Error | undefined } = { fail: undefined };
    const load = async (last: string | undefined): Promise<string> => {
      loads.push(last);
      await turn();
      if (state.fail) throw state.fail;
      return `value ${String(loads.length)}`;
    };
    const kept = createKept<string>({ maxAge: 10, keepFor: 100, cooldown: 5, ...times, load, report: (cause) => reported.push(cause) });
    return Object.assign(state, { loads, reported, ...kept });
  };

  it('is asked for once, however many wait, and is there at once from then on', async () => {
    const kept = keep();
    expect(await Promise.all([kept.get(), kept.get(), kept.getAnew()])).toEqual(['value 1', 'value 1', 'value 1']);
    seconds += 9.999;
    expect([kept.get(), kept.loads]).toEqual(['value 1', [undefined]]);
  });

  it('is renewed behind the scenes when it is old', async () => {
    const kept = keep();
    await kept.get();
    seconds += 10;
    expect([kept.get(), kept.get()]).toEqual(['value 1', 'value 1']);
    await turn();
    await turn();
    expect([kept.get(), kept.loads]).toEqual(['value 2', [undefined, 'value 1']]);
  });

  it('is used for so long where nobody answers, of which the operator hears once a second at most', async () => {
    const kept = keep();
    await kept.get();
    kept.fail = new Error('away');
    seconds += 99;
    expect([kept.get(), kept.get()]).toEqual(['value 1', 'value 1']);
    await turn();
    await turn();
    expect(kept.get()).toBe('value 1');
    expect([kept.reported, kept.loads.length]).toEqual([[kept.fail], 2]);
    seconds += 1;
    const late = kept.get();
    await expect(late).rejects.toMatchObject({ status: 503, cause: kept.fail });
    await expect(outcome(() => kept.get())).resolves.toMatchObject({ status: 503, retryAfter: 1 });
    expect([kept.reported.length, kept.loads.length]).toEqual([1, 3]);
    kept.fail = undefined;
    seconds += 1;
    expect(await kept.get()).toBe('value 4');
  });

  it('is asked for anew where something is missing, but not at once again', async () => {
    const kept = keep();
    expect(await kept.getAnew()).toBe('value 1');
    seconds += 4.999;
    expect(kept.getAnew()).toBe('value 1');
    seconds += 0.001;
    expect(await kept.getAnew()).toBe('value 2');
  });
});

describe('the keys of an issuer', () => {
  const keysAt = (issuer: string): ReturnType<typeof createRemoteKeys> =>
    createRemoteKeys({ issuer, keptFor: { maxAge: 300, keepFor: 600, cooldown: 0 }, deadlines: createDeadlines(5), report: () => undefined });
  /** An issuer with this JWKS. */
  const issue = async (jwks: () => unknown): Promise<{ readonly origin: string; readonly asked: string[] }> => {
    const server = await serve((req, res) => {
      if (req.url === '/jwks') json(jwks())(req, res);
      else json({ issuer: server.origin, jwks_uri: `${server.origin}/jwks` })(req, res);
    });
    return server;
  };

  it('are looked for anew where a token names one that is not there, and stay the same objects', async () => {
    const [first, second] = [generateKey(), generateKey()];
    let published = [publicJwk(first)];
    const { origin, asked } = await issue(() => ({ keys: published }));
    const keys = keysAt(origin);
    const [before] = await keys.all();
    expect(before).toMatchObject({ kid: first.kid, alg: 'ES256' });
    published = [publicJwk(second), publicJwk(first)];
    await keys.holding(undefined);
    await keys.holding(first.kid);
    expect(asked.filter((path) => path === 'GET /jwks')).toHaveLength(1);
    const after = await keys.holding(second.kid);
    expect([after.map(({ kid }) => kid), after[1] === before]).toEqual([[second.kid, first.kid], true]);
    published = [{ ...publicJwk(first), kid: 'renamed' }, { ...publicJwk(second), kid: first.kid }];
    const [renamed, replaced] = await keys.holding('renamed');
    expect([renamed?.kid, renamed === before, replaced?.kid, replaced === before]).toEqual(['renamed', false, first.kid, false]);
  });

  it.each<[string, unknown]>([['has no array of keys', undefined], ['has no array of keys', {}], ['has more than 100 keys', Array.from({ length: 101 }, () => ({}))]])('are none of a JWKS that %s', async (what, given) => {
    const { origin } = await issue(() => ({ keys: given }));
    expect(await messageOf(async () => keysAt(origin).all())).toBe(`the JWKS ${what}`);
  });

  it('are a hundred at most, without those that nobody understands', async () => {
    const key = generateKey();
    const { origin } = await issue(() => ({ keys: [...Array.from({ length: 99 }, () => ({ kty: 'OKP' })), publicJwk(key)] }));
    expect((await keysAt(origin).all()).map(({ kid }) => kid)).toEqual([key.kid]);
  });

  it('are none where the issuer has none', async () => {
    const server = await serve((req, res) => {
      if (req.url === '/jwks') res.writeHead(503).end();
      else json({ issuer: server.origin, jwks_uri: `${server.origin}/jwks` })(req, res);
    });
    expect(await messageOf(async () => keysAt(server.origin).all())).toBe(`${server.origin}/jwks answered 503`);
  });
});

describe('the way to verify that the options ask for', () => {
  const issuerOf = async (key: VerificationKey): ReturnType<typeof serve> => {
    const server = await serve((req, res) => {
      if (req.url === '/jwks') json({ keys: [publicJwk(key)] })(req, res);
      else json({ issuer: server.origin, jwks_uri: `${server.origin}/jwks` })(req, res);
    });
    return server;
  };
  const introspection = { clientId: 'RS1', clientSecret: 'secret' };
  const verifyAt = (options: object, events: OAuthEvent[] = []): ReturnType<typeof createVerify> =>
    createVerify({ settings: readResourceServerSettings({ audience: 'files', ...options }), deadlines: createDeadlines(5), emit: (event) => events.push(event) });

  it('is the introspection endpoint that is named, or that the metadata names', async () => {
    const server = await serve((req, res) => {
      if (req.method === 'POST') json({ active: false })(req, res);
      else json({ issuer: server.origin, introspection_endpoint: `${server.origin}/found` })(req, res);
    });
    const issuer = server.origin;
    expect(await verifyAt({ issuer, introspection: { ...introspection, endpoint: `${issuer}/named` } })('one')).toBeUndefined();
    expect(server.asked.splice(0)).toEqual(['POST /named']);
    const verify = verifyAt({ issuer, introspection });
    await verify('one');
    await verify('two');
    expect(server.asked).toEqual(['GET /.well-known/oauth-authorization-server', 'POST /found', 'POST /found']);
  });

  it('is keys that are given, or those that the issuer publishes', async () => {
    const key = generateKey();
    const [iat, server] = [Math.floor(Date.now() / 1000), await issuerOf(key)];
    const issuer = server.origin;
    const token = signJwt({ iss: issuer, sub: 'C1', client_id: 'C1', aud: 'files', jti: 'one', iat, exp: iat + 60 }, 'at+jwt', key) as string;
    const given = verifyAt({ issuer, keys: [{ alg: 'ES256', publicKey: publicJwk(key) }] });
    expect(await given(token)).toMatchObject({ id: 'one' });
    expect(server.asked).toEqual([]);
    expect(await verifyAt({ issuer })(token)).toMatchObject({ id: 'one' });
    expect(server.asked).toEqual(['GET /.well-known/oauth-authorization-server', 'GET /jwks']);
    expect(await verifyAt({ issuer, audience: 'mail' })(token)).toBeUndefined();
  });

  it('tells of a failure that nobody waited for', async () => {
    const key = generateKey();
    const server = await issuerOf(key);
    const iat = Math.floor(Date.now() / 1000);
    const token = signJwt({ iss: server.origin, sub: 'C1', client_id: 'C1', aud: 'files', jti: 'one', iat, exp: iat + 60 }, 'at+jwt', key) as string;
    const events: OAuthEvent[] = [];
    const verify = verifyAt({ issuer: server.origin, jwks: { maxAge: 0.01 } }, events);
    expect(await verify(token)).toMatchObject({ id: 'one' });
    await server.close();
    const before = performance.now();
    while (events.length === 0 && performance.now() - before < 5000) {
      await verify(token);
      await new Promise(setImmediate);
    }
    expect(events[0]).toMatchObject({ type: 'fault', where: 'the issuer, asked in the background' });
  });

  it('names the issuer where it gives no answer in time', async () => {
    const server = await serve(() => undefined);
    const deadlines = createDeadlines(0.05);
    for (const options of [{}, { introspection }]) {
      const verify = createVerify({ settings: readResourceServerSettings({ issuer: server.origin, audience: 'files', ...options }), deadlines, emit: () => undefined });
      const key = generateKey();
      const token = signJwt({ iss: server.origin }, 'at+jwt', key) as string;
      expect(await messageOf(async () => verify(token))).toContain('The i');
      expect(await messageOf(async () => verify(token))).toMatch(/^The (issuer|introspection endpoint) gave no answer within 0.05 s/);
    }
  });
});
