import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '../../lib';
import { AUDIENCE_1, ISSUER, PASSWORD, SECRETS, type StartOptions } from '../support/app';
import { holdTime, passTime } from '../support/clock';
import { expectChallenge, expectError, expectOk } from '../support/expect';
import { authOf, expectPassed, G, serveGuarded, type Guarded } from '../support/guarded';
import { bearer, C1, login, post, R, refresh, T } from '../support/http';
import { claimsOf } from '../support/jwt';
import { serve } from '../support/serve';
import { storeAround } from '../support/store';
import { watch } from '../support/watched';

const machine = 'grant_type=client_credentials&scope=a';
const opaque = (oauth: StartOptions['oauth'] = {}): StartOptions => ({ oauth: { ...oauth, accessToken: { format: 'opaque', ...oauth.accessToken } } });
const serveOpaque = (oauth?: StartOptions['oauth']): Promise<Guarded> => serveGuarded(5, (guard) => guard.requireBearer('a'), opaque(oauth));
const expectRefused = async (server: Guarded, token: unknown): Promise<void> => expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');

describe('opaque access tokens', () => {
  it('OT-01 OT-05 are 256 random bits in characters of a b64token, behind a prefix that a scanner can know', async () => {
    const server = await serve(opaque());
    const tokens: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => T(server, machine)));
      for (const answer of answers) {
        expectOk(answer);
        tokens.push(String(answer.json['access_token']));
      }
    }
    expect(new Set(tokens).size).toBe(1000);
    for (const token of tokens) expect(token).toMatch(/^at_[A-Za-z0-9\-_]{43}$/);
    // 32 bytes in 43 characters, of which none stands still or keeps to a part of the alphabet.
    const kinds = Array.from({ length: 43 }, (_, at) => new Set(tokens.map((token) => token[3 + at])).size);
    expect(kinds.reduce((bits, size) => bits + Math.log2(size), 0)).toBeGreaterThanOrEqual(250);
  });

  it('OT-04 look as the README tells whoever scans for secrets', async () => {
    const [pattern = ''] = /at_\[[^`]*/.exec(readFileSync(join(__dirname, '../../README.md'), 'utf8')) ?? [];
    const server = await serve(opaque());
    expect(String((await T(server, machine)).json['access_token'])).toMatch(new RegExp(`^${pattern}$`));
    expect(pattern).toMatch(/^at_/);
  });

  it('OT-02 leave in the store their hash alone, and so do refresh tokens', async () => {
    const written: string[] = [];
    const server = await serveOpaque({
      store: storeAround((verb, call, args) => {
        written.push(JSON.stringify([verb, args]));
        return call();
      }),
    });
    const first = await login(server, { scope: 'a' });
    const second = await refresh(server, first.json['refresh_token']);
    const own = await T(server, machine);
    const tokens = [first, second, own].flatMap(({ json }) => [json['access_token'], json['refresh_token']]).filter((token) => token !== undefined).map(String);
    for (const token of tokens) await G(server, bearer(token));
    await post(server, '/oauth/introspect', { token: tokens[0]! });
    await post(server, '/oauth/revoke', { token: tokens[0]! });

    const dump = written.join('\n');
    for (const token of tokens) {
      const [id, secret = ''] = token.split(/[._](.*)/s);
      expect(dump).not.toContain(token);
      expect(dump).not.toContain(secret);
      if (id === 'at') expect(dump).toContain(createHash('sha256').update(token).digest('base64url'));
    }
    for (const secret of [SECRETS.C1, PASSWORD, C1['authorization']!]) expect(dump).not.toContain(secret);
  });

  it('OT-02 are not the hash that the store knows them by, nor any part of what it holds', async () => {
    const written: unknown[] = [];
    const server = await serveOpaque({
      store: storeAround((_verb, call, args) => {
        written.push(...args);
        return call();
      }),
    });
    await T(server, machine);
    const texts = written.filter((one) => typeof one === 'string');
    expect(texts).not.toEqual([]);
    for (const text of texts) {
      for (const token of [text, `at_${text}`]) if (/^[\w-]+$/.test(token)) await expectRefused(server, token);
    }
    expect(server.ran()).toBe(0);
  });

  it.each(['opaque', 'jwt'] as const)('OT-03 and JWTs alike: no process keeps a token that it has let pass (%s)', async (format) => {
    const server = await watch(format);
    const directory = mkdtempSync(join(tmpdir(), 'express-token-endpoint-heap-'));
    try {
      const issue = async (count: number): Promise<string[]> => {
        const answers = await Promise.all(Array.from({ length: count }, () => T(server, machine)));
        return answers.map(({ json }) => String(json['access_token']));
      };
      const tokens = await issue(100);
      for (const token of tokens) expectPassed(await R(server, token, '/quiet'));
      // What sockets and regular expressions still hold of the last requests is of others.
      for (const token of await issue(50)) expectPassed(await R(server, token, '/quiet'));
      const file = join(directory, 'heap.heapsnapshot');
      await server.ask({ heapTo: file });
      const heap = readFileSync(file, 'utf8');
      expect(tokens.filter((token) => heap.includes(token) || heap.includes(token.slice(3, 40)) && format === 'opaque')).toEqual([]);
      // It is the right heap, and holds them as it should.
      expect(tokens.filter((token) => heap.includes(createHash('sha256').update(token).digest('base64url')))).toEqual(tokens);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }, 300_000);

  it('represent the same authorization as a JWT would', async () => {
    const [plain, signed] = [await serveOpaque(), await serveGuarded(5, (oauth) => oauth.requireBearer('a'))];
    for (const request of [(server: Guarded) => login(server, { scope: 'a b' }), (server: Guarded) => T(server, machine)]) {
      const [one, other] = [await request(plain), await request(signed)];
      expectOk(one);
      const [auth, wanted] = [authOf(await G(plain, bearer(one.json['access_token']))), authOf(await G(signed, bearer(other.json['access_token'])))];
      expect(Object.keys(auth)).toEqual(Object.keys(wanted));
      for (const name of ['clientId', 'scopes', 'resource', 'subject', 'userId']) expect(auth[name]).toEqual(wanted[name]);
      expect(Math.abs(Number(auth['expiresAt']) - Number(wanted['expiresAt']))).toBeLessThanOrEqual(5);
      expect(auth['token']).toBe(one.json['access_token']);
    }
  });

  it('hold the claims of the app, and are for the resource that was asked for', async () => {
    const server = await serveOpaque({ accessToken: { claims: () => ({ tenant: 't1', roles: ['reader', '"\\\u0000\u65e5'], n: 1.5, deep: { x: null } }) } });
    const { json } = await login(server, { scope: 'a' });
    const auth = authOf(await G(server, bearer(json['access_token'])));
    expect(auth['extra']).toEqual({ tenant: 't1', roles: ['reader', '"\\\u0000\u65e5'], n: 1.5, deep: { x: null } });
    await expectRefused(server, (await login(server, { scope: 'a', resource: AUDIENCE_1 })).json['access_token']);
  });

  it('BR-09 are refused once expired, revoked by themselves, by their family, or by their user', async () => {
    const server = await serveOpaque();
    const taken = async (token: unknown): Promise<void> => expectPassed(await G(server, bearer(token)));
    const [byToken, byFamily, byUser, kept] = [await login(server), await login(server), await login(server), await T(server, machine)].map(({ json }) => json);
    for (const json of [byToken, byFamily, byUser, kept]) await taken(json!['access_token']);

    await post(server, '/oauth/revoke', { token: String(byToken!['access_token']) });
    await expectRefused(server, byToken!['access_token']);
    await post(server, '/oauth/revoke', { token: String(byFamily!['refresh_token']) });
    await expectRefused(server, byFamily!['access_token']);
    await taken(byUser!['access_token']);
    await server.oauth.revoke({ userId: 'user-1' });
    await expectRefused(server, byUser!['access_token']);
    await taken(kept!['access_token']);
    const end = Number(authOf(await G(server, bearer(kept!['access_token'])))['expiresAt']) * 1000;
    holdTime(end - 1);
    await taken(kept!['access_token']);
    holdTime(end);
    await expectRefused(server, kept!['access_token']);
  });

  it('BR-09 are refused with any character changed, added or left out', async () => {
    const server = await serveOpaque();
    const token = String((await T(server, machine)).json['access_token']);
    expectPassed(await G(server, bearer(token)));
    const near = [...token].flatMap((character, at) => {
      const [before, after] = [token.slice(0, at), token.slice(at + 1)];
      const others = ['A', 'a', '0', '-', '_', '.', '+', '/', '~', character.toUpperCase(), character.toLowerCase(), String.fromCharCode(character.charCodeAt(0) + 1)];
      return [before + after, before + character + character + after, ...others.filter((other) => other !== character && /^[\w.+/~-]$/.test(other)).map((other) => before + other + after)];
    });
    for (const other of [...near, `${token}=`, `${token}.`, `.${token}`, token.slice(3), 'at_', `at_${'A'.repeat(43)}`, token.repeat(2)]) await expectRefused(server, other);
    expect(server.ran()).toBe(1);
  });

  it('BR-09 are refused by a server that does not know them, and mean nothing outside of their store', async () => {
    const [here, elsewhere] = [await serveOpaque(), await serveOpaque()];
    const { json } = await login(here, { scope: 'a' });
    await expectRefused(elsewhere, json['access_token']);
    expect((await post(elsewhere, '/oauth/introspect', { token: String(json['access_token']) })).json).toEqual({ active: false });
    expect(() => claimsOf(json['access_token'])).toThrow();
  });

  it('are known to every process on the store, whatever format each of them issues', async () => {
    const store = memoryStore();
    const [issuer, other] = [await serveOpaque({ store }), await serveGuarded(5, (oauth) => oauth.requireBearer('a'), { oauth: { store } })];
    const { json } = await login(issuer, { scope: 'a' });
    expectPassed(await G(other, bearer(json['access_token'])));
    await issuer.oauth.revoke({ clientId: 'C1' });
    passTime(2);
    await expectRefused(other, json['access_token']);
    expect(ISSUER).toBe(authOf(await G(issuer, bearer((await login(issuer, { scope: 'a' })).json['access_token'])))['resource']);
  });

  it('are not handed out when the store did not take them', async () => {
    for (const fail of [() => { throw new Error('full'); }, () => Promise.reject(new Error('full')), () => new Promise<never>(() => undefined)]) {
      const server = await serveOpaque({ timeout: 0.05, store: storeAround((verb, call) => (verb === 'saveAccessToken' ? fail() : call())) });
      const answer = await T(server, machine);
      expectError(answer, 503, 'temporarily_unavailable');
      expect(answer.text).not.toContain('at_');
    }
  });
});

describe('a token', () => {
  it.each(['opaque', 'jwt'] as const)('BR-18 never shows in output, answers, headers or what inspect prints (%s)', async (format) => {
    const server = await watch(format);
    const issued = await login(server, { scope: 'a' });
    const good = String(issued.json['access_token']);
    const bad = [`at_${'canary-A'.padEnd(43, 'A')}`, `${good}canary-B`, 'canary-C', 'eyJhbGciOiJub25lIn0.eyJjYW5hcnktRCI6MX0.canary-D'];
    const answers = [];
    for (const round of ['works', 'is broken']) {
      await server.ask({ breakStore: round === 'is broken' });
      for (const token of [good, ...bad]) answers.push(await R(server, token, '/quiet'));
      for (const authorization of [`Bearer canary-E ${good}`, `Bearer "${good}"`, `Bearer\t${good}`, `Basic ${good}`]) answers.push(await G(server, { authorization }, {}, '/quiet'));
      for (const path of [`/quiet?access_token=${good}`, `/quiet/${good}`]) answers.push(await G(server, {}, {}, path));
      answers.push(await login(server, { username: 'canary-F', password: 'canary-G' }), await refresh(server, issued.json['refresh_token'], { scope: 'canary-H' }), await refresh(server, 'canary-I'), await post(server, '/oauth/revoke', { token: good }, { authorization: 'Basic canary-J' }));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400, 401, 404, 503]));
    // Express itself prints the path that it has no route for; that is not ours to keep back.
    const ours = answers.filter(({ status }) => status !== 404);
    const inspected = await server.ask('inspect');
    await server.close();

    const shown = [server.output(), inspected, ...ours.map(({ text, headers }) => text + JSON.stringify([...headers]))].join('\n');
    expect(shown).toContain('the store is broken');
    const secrets = [good, String(issued.json['refresh_token']), good.slice(-30), SECRETS.C1, PASSWORD, C1['authorization']!];
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    expect(shown).not.toMatch(/canary/);
  }, 300_000);
});
