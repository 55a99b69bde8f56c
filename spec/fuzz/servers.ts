import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import { oauthRouter, type OAuthRouter } from '../../lib';
import type { BearerHandler, BearerRequest } from '../../lib/bearer/require-bearer';
import { accessTokenFor } from '../../lib/testing/access-token';
import { makeClients, PASSWORD, SECRETS, U1 } from '../support/app';
import { outcomeOf } from './answers';
import { exchange, readRequest, type Exchanged, type WrittenRequest } from './exchange';
import type { Random } from './random';
import { ALNUM, basicOf, encoded, ISSUER, NAMES, part, words, type Target } from './targets';

export const PATHS = ['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/userinfo', '/resource'] as const;
const HMAC_KEY = 'fuzz'.repeat(16);

function serve(oauth: OAuthRouter): RequestListener {
  const app = express();
  app.use('/oauth', oauth);
  app.all('/resource', oauth.requireBearer('a'), (_req, res) => {
    res.set('Cache-Control', 'no-store').removeHeader('ETag');
    res.end('{"passed":true}');
  });
  return (req, res) => {
    res.setHeader('Content-Type', 'application/json');
    res.setHeader('Cache-Control', 'no-store');
    app(req, res);
  };
}

const withKey = (key: 'ES256' | 'HS256'): OAuthRouter => {
  const clients = makeClients();
  return oauthRouter({
    issuer: ISSUER,
    findClient: (id) => clients.get(id),
    verifyUser: (username, password) => (username === 'U1' && password === PASSWORD ? U1 : undefined),
    findUser: (id) => (id === U1.id ? U1 : undefined),
    keys: key === 'HS256' ? [{ alg: 'HS256', secret: HMAC_KEY }] : [{ alg: 'ES256', privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
    throttle: false,
    onEvent: ({ type, ...rest }) => {
      if (type === 'fault') throw new Error(`a fault: ${JSON.stringify(rest)}`);
    },
  });
};

/** What `requireBearer` makes of a header, without Express around it, which would be most of the time. */
function ask(handler: BearerHandler, authorization: string): Exchanged {
  const headers: Record<string, string> = {};
  const req = { headers: { authorization }, rawHeaders: ['Authorization', authorization], baseUrl: '', path: '/', originalUrl: '/' };
  let [passed, body] = [false, ''];
  const res = {
    statusCode: 0,
    headersSent: false,
    setHeader: (name: string, value: unknown) => (headers[name.toLowerCase()] = String(value)),
    end: (text: string) => (body = text),
  };
  handler(req as unknown as BearerRequest, res as unknown as ServerResponse, () => (passed = true));
  return passed ? { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, text: '{}' } : { status: res.statusCode, headers, text: body };
}

/** The whole way of `requireBearer`, from the header to the answer. */
async function bearer(): Promise<Target> {
  const oauth = withKey('ES256');
  const handler = oauth.requireBearer('a');
  const good = await accessTokenFor(oauth, { userId: U1.id, scopes: ['a'] });
  return {
    name: 'bearer',
    seeds: [`Bearer ${good}`, `bearer  ${good}`, 'Bearer', 'Bearer a b', 'Bearer "x"', 'Basic abc', ''],
    grow: (random) => `${random.pick(['Bearer', 'bearer', 'BEARER', 'Basic', ''])}${random.pick([' ', '  ', '\t', ''])}${words(random, `${ALNUM}+/=`, 40)}`,
    run(authorization) {
      const answer = ask(handler, authorization);
      if (answer.status === 200 && !authorization.trim().endsWith(good)) throw new Error('a token that nobody issued got through');
      return outcomeOf('/resource', answer);
    },
  };
}

const HEADERS = ['{"alg":"HS256","typ":"at+jwt"}', '{"alg":"none"}', '{"alg":"HS256"}', '{"alg":"HS256","typ":"at+jwt","crit":["x"]}', '{"alg":"HS256","typ":"JWT"}', '[]', '{"alg":"ES256","typ":"at+jwt"}', '{"alg":"HS256","typ":"application/at+jwt","kid":"x"}'] as const;
const VALUES = ['1', '0', '-1', '1e400', '9999999999', 'null', 'true', '""', '"a"', '[]', '{}', `"${ISSUER}"`, `["${ISSUER}"]`, '"https://other.example/"', '"user-1"', '"C1"', '"a b"'] as const;
const CLAIMS = ['iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'client_id', 'scope', 'jti', 'sid', '__proto__', 'cnf'] as const;

/** Headers and claims of any kind under a good signature: none but the right ones get in. */
function claims(): Target {
  const handler = withKey('HS256').requireBearer('a');
  const right: Record<string, string> = { iss: `"${ISSUER}"`, aud: `"${ISSUER}"`, exp: '9999999999', iat: '1', sub: '"user-1"', client_id: '"C1"', scope: '"a"', jti: '"x"' };
  const object = (fields: Readonly<Record<string, string>>): string => `{${Object.entries(fields).map(([name, value]) => `"${name}":${value}`).join(',')}}`;
  return {
    name: 'claims',
    seeds: [`${HEADERS[0]}\n${object(right)}`, ...HEADERS.map((head) => `${head}\n${object(right)}`)],
    grow(random) {
      const fields = { ...right };
      for (let times = random.below(3); times > 0; times -= 1) fields[random.pick(CLAIMS)] = random.pick(VALUES);
      return `${random.below(2) === 0 ? HEADERS[0] : random.pick(HEADERS)}\n${object(fields)}`;
    },
    run(input) {
      const [head = '', payload = ''] = input.split('\n');
      const signed = `${part(head)}.${part(payload)}`;
      const token = `${signed}.${createHmac('sha256', HMAC_KEY).update(signed).digest('base64url')}`;
      const answer = ask(handler, `Bearer ${token}`);
      if (answer.status === 200) checkClaims(JSON.parse(head) as Record<string, unknown>, JSON.parse(payload) as Record<string, unknown>);
      return outcomeOf('/resource', answer);
    },
  };
}

function checkClaims(head: Readonly<Record<string, unknown>>, { iss, aud, exp, nbf, sub, client_id: clientId, scope }: Readonly<Record<string, unknown>>): void {
  const now = Date.now() / 1000;
  const isRight =
    head.alg === 'HS256' && /^(?:application\/)?at\+jwt$/i.test(String(head.typ)) && head.crit === undefined && iss === ISSUER && [aud].flat().includes(ISSUER) &&
    typeof exp === 'number' && exp > now - 120 && (nbf === undefined || Number(nbf) < now + 120) && typeof sub === 'string' && sub !== '' && typeof clientId === 'string' && String(scope).split(' ').includes('a');
  if (!isRight) throw new Error('a token got through that is not for here');
}

const FORM = 'Content-Type: application/x-www-form-urlencoded';
const asClient = (credentials: string): string => `Authorization: ${basicOf(credentials)}`;
const FIELDS = [...NAMES, 'token', 'token_type_hint', 'client_assertion', 'client_assertion_type'] as const;
/** Good ones for a place or another; `{access}` and `{refresh}` stand for tokens that are in force. */
const GOOD = ['client_credentials', 'password', 'refresh_token', 'a', 'a+b', 'openid', 'U1', PASSWORD, 'C1', 'P1', SECRETS.C1, '{access}', '{refresh}', 'https%3A%2F%2Ffiles.example%2F'] as const;

const fieldOf = (random: Random): string =>
  `${random.pick(FIELDS as unknown as typeof NAMES)}=${random.below(3) > 0 ? random.pick(GOOD) : Array.from({ length: random.below(4) }, () => encoded(random)).join('')}`;
const credentialsOf = (random: Random): string =>
  asClient(random.pick([`C1:${SECRETS.C1}`, `C1:${SECRETS.C1}`, 'P1:', `RS1:${SECRETS.RS1}`, `${encoded(random)}:${encoded(random)}`]));
const headerOf = (random: Random): string =>
  random.pick([FORM, credentialsOf(random), `Authorization: Bearer ${random.pick(GOOD)}`, 'Content-Encoding: gzip', 'Content-Type: application/json', 'X-Requested-With: XMLHttpRequest', `X: ${words(random, ALNUM, 20)}`]);

export interface Sessions {
  readonly access: string;
  readonly refresh: string;
}

export const withTokens = (input: string, { access, refresh }: Sessions): string => input.replaceAll('{access}', access).replaceAll('{refresh}', refresh);

export const isScript = ({ headers }: WrittenRequest): boolean => headers.some(([name, value]) => /^x-requested-with$/i.test(name) && /^xmlhttprequest$/i.test(value));

/** Whole requests at every endpoint, by clients and with tokens that are good half of the time. */
function requests(): Target {
  const app = serve(withKey('ES256'));
  const c1 = asClient(`C1:${SECRETS.C1}`);
  const login = readRequest(`POST /oauth/token\n${FORM}\n${c1}\n\ngrant_type=password&username=U1&password=${PASSWORD}&scope=a+openid`, PATHS);
  const newSession = async (): Promise<Sessions> => {
    const { access_token: access, refresh_token: refresh } = JSON.parse((await exchange(app, login)).text) as Record<string, string>;
    return { access: String(access), refresh: String(refresh) };
  };
  return {
    name: 'request',
    seeds: [
      `POST /oauth/token\n${FORM}\n${c1}\n\ngrant_type=client_credentials`,
      `POST /oauth/token\n${FORM}\n${c1}\n\ngrant_type=refresh_token&refresh_token={refresh}`,
      'GET /resource\nAuthorization: Bearer {access}',
      'GET /oauth/userinfo\nAuthorization: Bearer {access}',
      `POST /oauth/introspect\n${FORM}\n${c1}\n\ntoken={refresh}`,
      `POST /oauth/revoke\n${FORM}\n${c1}\n\ntoken={access}`,
    ],
    grow(random) {
      const good = random.below(4) > 0 ? [FORM, credentialsOf(random)] : [];
      const lines = [...good, ...Array.from({ length: random.below(3) }, () => headerOf(random))];
      const body = Array.from({ length: random.below(7) }, () => fieldOf(random)).join('&');
      return `${random.pick(['POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS'])} ${random.pick(PATHS)}\n${lines.join('\n')}\n\n${random.below(2) === 0 ? `grant_type=${random.pick(GOOD)}&` : ''}${body}`;
    },
    async run(input) {
      const needsSession = input.includes('{access}') || input.includes('{refresh}');
      const request = readRequest(needsSession ? withTokens(input, await newSession()) : input, PATHS);
      const path = request.path.split('?')[0] ?? '';
      return `${request.method} ${outcomeOf(path, await exchange(app, request), isScript(request))}`;
    },
  };
}

/** Whole answers of a server, made anew. */
export const serverTargets = async (): Promise<readonly Target[]> => [await bearer(), claims(), requests()];
