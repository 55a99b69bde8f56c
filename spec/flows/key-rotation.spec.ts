import { createLocalJWKSet, createRemoteJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { memoryStore, type KeyOption, type OAuthRouterOptions } from '../../lib';
import { ISSUER, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectOk } from '../support/expect';
import { basic, login, R, send, T, type Answer } from '../support/http';
import { sha256Hash } from '../support/hash';
import { until } from '../support/for-this-test';
import { realIssuer } from '../support/issuer';
import { headerOf } from '../support/jwt';
import { newKey } from '../support/keys';
import { resource } from '../support/resource';
import { serve } from '../support/serve';

/** Seconds. */
const [LIFETIME, LONG_LIFETIME, STEP] = [300, 600, 60];
const LONG = basic('long', 'secret-of-long');
const virtualDate = (): Date => new Date(Date.now());

async function start(keys: readonly KeyOption[], more: Partial<OAuthRouterOptions> = {}): Promise<TestServer> {
  const server = await serve({ oauth: { keys, accessToken: { lifetime: LIFETIME }, ...more } });
  server.clients.set('long', { id: 'long', secretHash: sha256Hash('secret-of-long'), grants: ['client_credentials'], scopes: ['a'], accessTokenLifetime: LONG_LIFETIME });
  return server;
}

/** Whether someone takes a token for good. */
type Verifier = (token: string) => Promise<boolean>;

const inThisProcess = (server: TestServer): Verifier => async (token) => (await R(server, token)).status === 200;

/** Someone who keeps the JWKS for exactly as long as `Cache-Control` lets it, and asks no sooner: the worst there can be. */
function byKeptJwks(server: () => TestServer): Verifier {
  let kept: { readonly keys: JSONWebKeySet; readonly until: number } | undefined;
  return async (token) => {
    if (kept === undefined || Date.now() >= kept.until) {
      const { headers, json } = await send(server(), '/oauth/jwks');
      const [, seconds = ''] = /max-age=(\d+)/.exec(headers.get('cache-control') ?? '') ?? [];
      kept = { keys: json as unknown as JSONWebKeySet, until: Date.now() + Number(seconds) * 1000 };
    }
    return isGood(token, createLocalJWKSet(kept.keys));
  };
}

const byJose = (server: TestServer): Verifier => {
  const keys = createRemoteJWKSet(new URL(`${server.url}/oauth/jwks`));
  return (token) => isGood(token, keys);
};

const isGood = (token: string, keys: ReturnType<typeof createLocalJWKSet> | ReturnType<typeof createRemoteJWKSet>): Promise<boolean> =>
  jwtVerify(token, keys, { issuer: ISSUER, currentDate: virtualDate() }).then(() => true, () => false);

interface Token {
  readonly text: string;
  readonly expiresAt: number;
}

/** A day at the office: tokens are issued all the time, and every one that is in force is used, everywhere. */
function traffic(servers: () => readonly TestServer[], verifiers: () => readonly Verifier[]) {
  let inForce: Token[] = [];
  const note = (answer: Answer): void => {
    expectOk(answer);
    const expiresAt = Date.now() + Number(answer.json['expires_in']) * 1000;
    inForce.push({ text: String(answer.json['access_token']), expiresAt });
  };
  return {
    /** Tokens that somebody refused although they were good. */
    refused: [] as string[],
    /** One step: new tokens by each server, while `meanwhile` happens; then every good token to every verifier. */
    async step(meanwhile: () => unknown = () => undefined): Promise<void> {
      const asked = servers().flatMap((server) => [T(server, { grant_type: 'client_credentials', scope: 'a' }), login(server, { scope: 'a' }), T(server, { grant_type: 'client_credentials', scope: 'a' }, LONG)]);
      await meanwhile();
      (await Promise.all(asked)).forEach(note);
      inForce = inForce.filter(({ expiresAt }) => Date.now() < expiresAt - 1000);
      for (const verify of verifiers()) {
        const answers = await Promise.all(inForce.map(({ text }) => verify(text)));
        this.refused.push(...inForce.filter((_token, at) => answers[at] !== true).map(({ text }) => String(headerOf(text)['kid'])));
      }
    },
    /** So many seconds, step by step. */
    async pass(seconds: number): Promise<void> {
      for (let passed = 0; passed < seconds; passed += STEP) {
        passTime(STEP);
        await this.step();
      }
    },
    signedBy: (kid: string) => inForce.some(({ text }) => headerOf(text)['kid'] === kid),
    count: () => inForce.length,
  };
}

/** The procedure of docs/keys.md: what each step puts into force, and how long to wait before the next one. */
const [PUBLISHED, LAST_TOKEN] = [300, LONG_LIFETIME];

describe('keys rotate under traffic', () => {
  it.each(['ES256', 'RS256'] as const)('without one refused good token, from ES256 to %s, through useKeys', async (alg) => {
    const [old, next] = [newKey('ES256', 'old'), newKey(alg, 'next')];
    const server = await start([old]);
    const verifiers = [inThisProcess(server), byKeptJwks(() => server), byJose(server)];
    const day = traffic(() => [server], () => verifiers);
    await day.step();
    await day.pass(120);

    await day.step(() => { server.oauth.useKeys([old, next]); });
    expect(day.signedBy('next')).toBe(false);
    await day.pass(PUBLISHED);
    await day.step(() => { server.oauth.useKeys([next, old]); });
    await day.pass(LAST_TOKEN);
    expect(day.signedBy('old')).toBe(false);
    await day.step(() => { server.oauth.useKeys([next]); });
    await day.pass(PUBLISHED + STEP);

    expect(day.refused).toEqual([]);
    expect(day.count()).toBeGreaterThan(20);
    expect(((await send(server, '/oauth/jwks')).json as unknown as JSONWebKeySet).keys.map(({ kid }) => kid)).toEqual(['next']);
  });

  it('three times in a row, each beginning while the tokens of before are still in use', async () => {
    const keys = [newKey('ES256', 'k0'), newKey('ES256', 'k1'), newKey('RS256', 'k2'), newKey('ES256', 'k3')] as const;
    const server = await start([keys[0]]);
    const verifiers = [inThisProcess(server), byKeptJwks(() => server)];
    const day = traffic(() => [server], () => verifiers);
    await day.step();
    for (let at = 0; at + 1 < keys.length; at += 1) {
      const [signing, next] = [keys[at]!, keys[at + 1]!];
      await day.step(() => { server.oauth.useKeys([signing, next]); });
      await day.pass(PUBLISHED);
      await day.step(() => { server.oauth.useKeys([next, signing]); });
      await day.pass(LAST_TOKEN);
    }
    expect(day.refused).toEqual([]);
  });

  it('in processes that are restarted one after the other with the keys of each step', async () => {
    const store = memoryStore();
    const [old, next] = [newKey('ES256', 'old'), newKey('ES256', 'next')];
    const processes = await Promise.all([0, 1, 2].map(() => start([old], { store })));
    let turn = 0;
    // Behind a balancer: the JWKS comes from whichever process answers.
    const verifiers: Verifier[] = [byKeptJwks(() => processes[(turn += 1) % processes.length]!), ...[0, 1, 2].map((at): Verifier => (token) => inThisProcess(processes[at]!)(token))];
    const day = traffic(() => processes, () => verifiers);
    const restartAll = async (keys: readonly KeyOption[]): Promise<void> => {
      for (const at of processes.keys()) {
        await day.step(async () => { processes[at] = await start(keys, { store }); });
        await day.pass(STEP);
      }
    };
    await day.step();
    await restartAll([old, next]);
    await day.pass(PUBLISHED);
    await restartAll([next, old]);
    await day.pass(LAST_TOKEN);
    await restartAll([next]);
    await day.pass(PUBLISHED);
    expect(day.refused).toEqual([]);
    expect(day.signedBy('next') && !day.signedBy('old')).toBe(true);
  }, 300_000);

  it('and every wait of the procedure is needed: the same traffic finds who leaves one out', async () => {
    const [old, next] = [newKey('ES256', 'old'), newKey('ES256', 'next')];
    const hasty = await start([old]);
    const first = traffic(() => [hasty], () => [keptByHasty]);
    const keptByHasty = byKeptJwks(() => hasty);
    await first.step();
    await first.step(() => { hasty.oauth.useKeys([old, next]); });
    await first.step(() => { hasty.oauth.useKeys([next, old]); });
    await first.step();
    expect(new Set(first.refused)).toEqual(new Set(['next']));

    const forgetful = await start([old]);
    const second = traffic(() => [forgetful], () => [inThisProcess(forgetful)]);
    await second.step();
    await second.step(() => { forgetful.oauth.useKeys([next]); });
    expect(new Set(second.refused)).toEqual(new Set(['old']));
  });

  it('with requests in full flight at the moment of each change', async () => {
    const [old, next] = [newKey('RS256', 'old'), newKey('ES256', 'next')];
    const server = await start([old]);
    let [running, used] = [true, 0];
    const worker = async (): Promise<void> => {
      while (running) {
        const answer = await login(server, { scope: 'a openid' });
        expectOk(answer);
        expect((await R(server, answer.json['access_token'])).status).toBe(200);
        const keys = createLocalJWKSet((await send(server, '/oauth/jwks')).json as unknown as JSONWebKeySet);
        await jwtVerify(String(answer.json['id_token']), keys, { issuer: ISSUER, audience: 'C1' });
        used += 1;
      }
    };
    const workers = Array.from({ length: 8 }, worker);
    const afterSome = async (): Promise<void> => {
      const goal = used + 20;
      while (used < goal) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let round = 0; round < 3; round += 1) {
      for (const keys of [[old, next], [next, old], [old, next]]) {
        await afterSome();
        server.oauth.useKeys(keys);
      }
    }
    await afterSome();
    running = false;
    await Promise.all(workers);
  });

  it('in resource servers elsewhere: one that has read the keys since, and one that reads them again by itself', async () => {
    const [old, next] = [newKey('ES256', 'old'), newKey('ES256', 'next')];
    const issuer = await realIssuer({ keys: [old] });
    const issue = async (): Promise<unknown> => (await T(issuer, { grant_type: 'client_credentials', scope: 'a' })).json['access_token'];
    const tokens = [await issue()];
    const early = await resource({ issuer: issuer.issuer, jwks: { maxAge: 0.01, cooldown: 3600 } });
    const late = await resource({ issuer: issuer.issuer, jwks: { cooldown: 3600 } });
    const expectAll = async (...servers: readonly (typeof early)[]): Promise<void> => {
      for (const server of servers) for (const token of tokens) expect((await R(server, token)).status).toBe(200);
    };
    await expectAll(early);
    issuer.oauth.useKeys([old, next]);
    tokens.push(await issue());
    await expectAll(early, late);
    const read = issuer.count('/oauth/jwks');
    // Its own requests have it look again, behind them. A token of the next key would not: that is what the cool-down is for.
    await until(() => expectAll(early), () => issuer.count('/oauth/jwks') > read + 1);
    issuer.oauth.useKeys([next, old]);
    tokens.push(await issue());
    await expectAll(early, late);
    expect(tokens.map((token) => headerOf(token)['kid'])).toEqual(['old', 'old', 'next']);
    for (const server of [early, late]) expect(server.faults()).toEqual([]);
  });
});
