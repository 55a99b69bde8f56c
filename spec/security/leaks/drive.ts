// Every flow and every way to fail with secrets that can be recognised, in a process of its own whose output can be read. It prints
// nothing itself; what it saw goes to its parent.
import { subscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { hashSecret, oauthRouter, OAuthError, resourceServer, verifySecret, type Client, type OAuthEvent } from '../../../lib';
import { createTokenClient } from '../../../lib/client';
import { EXPRESS, startServer, type ExpressMajor, type TestServer } from '../../support/app';
import { basic, bearer, post, send, type Answer } from '../../support/http';
import { CLIENT, HMAC_KEY, PASSWORD, PLAIN, SERVER_SECRET, SIGNING_KEY, SIGNING_PEM, SLOW_CLIENT, WRONG } from './secrets';
import { openDumped, type DumpedStore, type StoreName } from './stores';

/** What the drive saw, apart from what the process printed. */
export interface Seen {
  /** Places and what stood there. */
  readonly places: readonly (readonly [string, string])[];
  /** Tokens that were given out: none of those places may hold one. */
  readonly tokens: readonly string[];
  /** How many events of each kind there were: a drive that reaches nothing proves nothing. */
  readonly kinds: Readonly<Record<string, number>>;
}

const places: [string, string][] = [];
const tokens: string[] = [];
const kinds: Record<string, number> = {};
const deep = (value: unknown): string => inspect(value, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null, getters: true });
const saw = (place: string, value: unknown): void => {
  places.push([place, typeof value === 'string' ? value : deep(value)]);
};

/** Tokens of an answer are for the client alone; all else of it is looked at. */
function sawAnswer(place: string, { json, headers, text, status }: Answer): Answer {
  for (const name of ['access_token', 'refresh_token', 'id_token']) if (typeof json[name] === 'string') tokens.push(json[name]);
  saw(`headers of ${place}`, [...headers]);
  if (status !== 200) saw(`body of ${place}`, text);
  return { json, headers, text, status };
}

async function makeClients(): Promise<readonly Client[]> {
  const every = { grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['a', 'openid'], defaultScopes: ['a'] };
  return [
    { id: 'quick', secretHash: await hashSecret(CLIENT, { algorithm: 'sha256' }), ...every },
    { id: 'slow', secretHash: await hashSecret(SLOW_CLIENT.slice(0, 70), { algorithm: 'bcrypt', cost: 4 }), ...every },
    { id: 'plain', secret: PLAIN, idTokenAlg: 'HS256', ...every },
    { id: 'rs', secretHash: await hashSecret(SERVER_SECRET, { algorithm: 'sha256' }), grants: [], scopes: [], introspection: true, audiences: ['https://auth.example/oauth'] },
    { id: 'public', public: true, ...every },
    // Records that are wrong in the ways in which records are wrong.
    { id: 'secret for hash', secretHash: CLIENT, ...every },
    { id: 'both', public: true, secret: PLAIN, ...every },
    { id: 'short', secret: CLIENT.slice(0, 20), idTokenAlg: 'HS256', ...every },
  ];
}

type Ask = (place: string, path: string, fields: Readonly<Record<string, string>> | string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

const CREDENTIALS = { quick: CLIENT, slow: SLOW_CLIENT.slice(0, 70), plain: PLAIN } as const;

async function goodFlows(server: TestServer, ask: Ask): Promise<readonly string[]> {
  const sessions: string[] = [];
  for (const [id, secret] of Object.entries(CREDENTIALS)) {
    await ask('client_credentials', '/oauth/token', { grant_type: 'client_credentials', client_id: id, client_secret: secret }, {});
    const { json } = await ask('password', '/oauth/token', { grant_type: 'password', username: 'ana', password: PASSWORD, scope: 'a openid' }, basic(id, secret));
    const next = await ask('refresh_token', '/oauth/token', { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']) }, basic(id, secret));
    for (const token of [json['access_token'], json['refresh_token'], next.json['refresh_token'], json['id_token']]) {
      await ask('introspect', '/oauth/introspect', { token: String(token) }, basic(id, secret));
      await ask('introspect', '/oauth/introspect', { token: String(token) }, basic('rs', SERVER_SECRET));
    }
    saw('a protected route', [...(await send(server, '/resource', { headers: bearer(json['access_token']) })).headers]);
    sawAnswer('userinfo', await send(server, '/oauth/userinfo', { headers: bearer(next.json['access_token']) }));
    sessions.push(String(json['refresh_token']), String(next.json['refresh_token']), String(next.json['access_token']));
  }
  return sessions;
}

async function failures(server: TestServer, ask: Ask, sessions: readonly string[]): Promise<void> {
  const good = basic('quick', CLIENT);
  const [spent = '', session = '', access = ''] = sessions;
  const wrongAt = async (path: string): Promise<void> => {
    for (const id of [...Object.keys(CREDENTIALS), 'nobody', 'secret for hash', 'both', 'short']) {
      await ask('a wrong secret', path, { grant_type: 'client_credentials', token: session }, basic(id, WRONG));
      await ask('a wrong secret in the body', path, { client_id: id, client_secret: WRONG, token: access }, {});
    }
  };
  for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) await wrongAt(path);
  const form = 'application/x-www-form-urlencoded';
  const headers: readonly Readonly<Record<string, string>>[] = [
    { authorization: `Basic ${WRONG}` },
    { authorization: `Basic ${Buffer.from(WRONG).toString('base64')}` },
    { authorization: `Basic ${Buffer.from(`\u0000:${WRONG}`).toString('base64')}` },
    { authorization: `Bearer ${WRONG}` },
    { authorization: WRONG },
    { ...good, 'content-type': 'application/json' },
    { ...good, 'content-type': `${form}; charset=${WRONG}` },
    { ...good, 'content-encoding': 'gzip' },
  ];
  for (const one of headers) await ask('a header out of shape', '/oauth/token', `grant_type=password&username=ana&password=${PASSWORD}`, one);
  const bodies = [
    `grant_type=password&username=ana&password=${WRONG}`,
    `grant_type=password&username=nobody&password=${WRONG}`,
    `grant_type=password&username=ana&password=${WRONG}&password=${PASSWORD}`,
    `grant_type=password&username=ana&password[]=${WRONG}`,
    `grant_type=password&username=ana&password=%zz${WRONG}`,
    `grant_type=password&username=ana&password=${WRONG}%00`,
    `grant_type=password&username=ana&password=${PASSWORD.repeat(40)}`,
    `grant_type=password&username=ana&password=${PASSWORD}&x=${'x'.repeat(40_000)}`,
    `grant_type=password&username=ana&password=${PASSWORD}&scope=${WRONG}`,
    `grant_type=password&username=ana&password=${PASSWORD}&resource=${WRONG}`,
    `grant_type=password&username=locked&password=${PASSWORD}`,
    `grant_type=password&username=broken&password=${PASSWORD}`,
    `grant_type=password&username=nonsense&password=${PASSWORD}`,
    `grant_type=password&username=badhash&password=${PASSWORD}`,
    `grant_type=refresh_token&refresh_token=${WRONG}`,
    `grant_type=refresh_token&refresh_token=${session}x`,
    `grant_type=refresh_token&refresh_token=${session}&scope=b`,
    `grant_type=refresh_token&refresh_token=${access}`,
    `client_secret=${CLIENT}&grant_type=client_credentials`,
    `client_assertion=${WRONG}&grant_type=client_credentials`,
  ];
  for (const body of bodies) await ask('a body out of shape', '/oauth/token', body, good);
  await ask('an HMAC key that is too short', '/oauth/token', { grant_type: 'password', username: 'ana', password: PASSWORD, scope: 'openid', client_id: 'short', client_secret: CLIENT.slice(0, 20) }, {});
  await ask('a public client', '/oauth/token', { grant_type: 'password', username: 'ana', password: PASSWORD, client_id: 'public' }, {});
  await ask('the secret in the URL', `/oauth/token?client_id=quick&client_secret=${CLIENT}`, { grant_type: 'client_credentials' }, {});
  sawAnswer('a token in the URL', await send(server, `/resource?access_token=${access}`));
  sawAnswer('a token in the URL beside a bad one', await send(server, `/resource?access_token=${access}`, { headers: bearer('x') }));
  for (const token of [`${access}x`, access.slice(0, -1), session, WRONG, `${access}, ${access}`]) sawAnswer('a bad token', await send(server, '/resource', { headers: bearer(token) }));
  await ask('a replay', '/oauth/token', { grant_type: 'refresh_token', refresh_token: spent }, good);
  for (const token of [session, access]) await ask('revoke', '/oauth/revoke', { token }, good);
  await ask('a revoked session', '/oauth/token', { grant_type: 'refresh_token', refresh_token: session }, good);
  for (let guess = 0; guess < 12; guess += 1) await ask('too many guesses', '/oauth/token', { grant_type: 'password', username: 'victim', password: `${WRONG}${String(guess)}` }, good);
}

/** What the package throws at the developer. */
async function mistakes(url: string): Promise<void> {
  const attempts: readonly (() => unknown)[] = [
    () => oauthRouter({ issuer: `https://user:${WRONG}@auth.example/`, findClient: () => undefined, keys: [{ alg: 'HS256', secret: WRONG.slice(0, 20) }] }),
    () => oauthRouter({ issuer: 'https://auth.example', findClient: () => undefined, keys: [{ alg: 'RS256', privateKey: SIGNING_PEM }] }),
    () => oauthRouter({ issuer: 'https://auth.example', findClient: () => undefined, keys: [{ alg: 'ES256', privateKey: SIGNING_PEM.slice(0, -60) }] }),
    () => oauthRouter({ issuer: 'https://auth.example', findClient: () => undefined, keys: [SIGNING_PEM, HMAC_KEY] as never }),
    () => oauthRouter({ issuer: 'https://auth.example', findClient: () => undefined, secret: HMAC_KEY, keys: HMAC_KEY } as never),
    () => resourceServer({ issuer: 'https://auth.example', audience: 'https://auth.example', introspection: { clientId: 'rs', clientSecret: SERVER_SECRET, secret: SERVER_SECRET } as never }),
    () => hashSecret(`${PASSWORD}${PASSWORD}`, { algorithm: 'bcrypt' }),
    () => hashSecret(PASSWORD, { algorithm: 'bcrypt', cost: 99 }),
    () => verifySecret(PASSWORD, PASSWORD),
    () => createTokenClient({ tokenEndpoint: `${url}/oauth/token`, clientId: 'quick', clientSecret: WRONG }).clientCredentials(),
    () => createTokenClient({ tokenEndpoint: `${url}/oauth/token`, clientId: 'quick', clientSecret: CLIENT }).password({ username: 'ana', password: WRONG }),
    () => createTokenClient({ tokenEndpoint: 'http://127.0.0.1:1/token', clientId: 'quick', clientSecret: CLIENT }).clientCredentials(),
    () => createTokenClient({ tokenEndpoint: 5, clientId: '', clientSecret: CLIENT, secret: CLIENT } as never),
  ];
  for (const attempt of attempts) {
    try {
      saw('what is made', await attempt());
    } catch (error) {
      saw('what is thrown at the developer', error);
      console.error(error);
    }
  }
  const client = createTokenClient({ tokenEndpoint: `${url}/oauth/token`, clientId: 'quick', clientSecret: CLIENT });
  saw('TokenClient', client);
}

/** A resource server elsewhere that introspects, with the right secret and with a wrong one. */
async function introspecting(issuer: string, token: string, onEvent: (event: OAuthEvent) => void): Promise<void> {
  for (const clientSecret of [SERVER_SECRET, WRONG]) {
    const resource = resourceServer({ issuer: 'https://auth.example/oauth', audience: 'https://auth.example/oauth', introspection: { endpoint: `${issuer}/oauth/introspect`, clientId: 'rs', clientSecret }, onEvent });
    const app = EXPRESS[5]();
    app.get('/resource', resource.requireBearer('a'), (_req, res) => { res.end('in'); });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}`;
    sawAnswer('a resource server elsewhere', await send({ url }, '/resource', { headers: bearer(token) }));
    saw('a resource server', resource);
    server.closeAllConnections();
    server.close();
  }
}

async function driveOne(dumped: DumpedStore, format: 'jwt' | 'opaque', express: ExpressMajor, listens: boolean): Promise<void> {
  const onEvent = (event: OAuthEvent): void => {
    kinds[event.type] = (kinds[event.type] ?? 0) + 1;
    saw(`the event ${event.type}`, event);
    saw(`the event ${event.type}`, JSON.stringify(event));
  };
  const clients = new Map((await makeClients()).map((client) => [client.id, client]));
  const hash = await hashSecret(PASSWORD, { algorithm: 'sha256' });
  const server = await startServer({
    express,
    oauth: {
      store: dumped.store,
      keys: format === 'jwt' ? [{ alg: 'ES256', privateKey: SIGNING_PEM }, { alg: 'HS256', secret: HMAC_KEY }] : [{ alg: 'HS256', secret: HMAC_KEY }, { alg: 'ES256', privateKey: SIGNING_KEY }],
      accessToken: { format },
      refreshToken: { reuseWindow: 0 },
      findClient: (id) => clients.get(id),
      findUser: (id) => ({ id }),
      verifyUser: async (username, password) => {
        if (username === 'broken') throw new Error('no database');
        if (username === 'locked') throw new OAuthError('invalid_grant', 'This account is locked');
        if (username === 'nonsense') return 5 as never;
        if (username === 'victim') return undefined;
        return (await verifySecret(password, username === 'ana' ? hash : username === 'badhash' ? '$2b$plain' : undefined)) ? { id: username } : undefined;
      },
      throttle: { clientAndAddress: { points: 1000 }, address: { points: 1000 } },
      // Without a listener, faults go to console.error.
      onEvent: listens ? onEvent : undefined,
    },
  });
  const ask: Ask = async (place, path, fields, headers = {}) => sawAnswer(place, await post(server, path, fields, headers));
  const sessions = await goodFlows(server, ask);
  await failures(server, ask, sessions);
  await introspecting(server.url, String(sessions.at(-1)), onEvent);
  await mistakes(server.url);
  saw('the router', server.oauth);
  saw('the app', server.app);
  saw('the store', await dumped.dump());
  await dumped.ruin();
  for (const body of ['grant_type=client_credentials', `grant_type=password&username=ana&password=${PASSWORD}`, `grant_type=refresh_token&refresh_token=${sessions.at(-2) ?? ''}`]) {
    await ask('a store in ruins', '/oauth/token', body, basic('plain', PLAIN));
  }
  for (const path of ['/oauth/revoke', '/oauth/introspect']) for (const token of sessions) await ask('a store in ruins', path, { token }, basic('plain', PLAIN));
  sawAnswer('a store in ruins', await send(server, '/resource', { headers: bearer(sessions.at(-1)) }));
  await server.close();
}

async function main(): Promise<void> {
  const name = process.argv[2] as StoreName;
  subscribe('express-token-endpoint', (message) => {
    saw('the diagnostics channel', message);
  });
  await driveOne(await openDumped(name), 'jwt', 4, false);
  const dumped = await openDumped(name);
  await driveOne(dumped, 'opaque', 5, true);
  await dumped.close();
  const seen: Seen = { places, tokens, kinds };
  process.send?.(seen, () => process.exit());
}

void main();
