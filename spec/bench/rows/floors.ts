import { CLIENT_ID, CREDENTIALS_BODY, formPost, ISSUER, KEYS, SECRET_SHA256, bearerGet, signToken, type Alg } from '../fixtures';
import type { Load, Row, ServerPlan } from '../row';

const floor: ServerPlan = { module: 'servers/floor.js' };
const raw = (alg: Alg): ServerPlan => ({ module: 'servers/raw.js', config: { alg, key: KEYS[alg].sign, id: CLIENT_ID, secretSha256: SECRET_SHA256, issuer: ISSUER } });
const get = (): Load => ({ requests: [bearerGet(signToken('HS256'))], expect: '"for":"user-1"' });
const post = (): Load => ({ requests: [formPost(CREDENTIALS_BODY)], expect: '"scope":"storage"' });
const token = (): Load => ({ requests: [formPost(CREDENTIALS_BODY)], expect: '"access_token":"' });
const slow = { slow: true } as const;

export const BARE: Row = { name: 'floor: Express route', floor: 'bare', server: floor, load: get };
export const FORM: Row = { name: 'floor: Express route, urlencoded body', floor: 'form', server: floor, load: post };

/** What there is beside the floors to compare with. */
export const floorRows: readonly Row[] = [
  { name: 'Express route, createServer', floor: 'bare', server: { ...floor, born: true }, load: get },
  { name: 'Express route, urlencoded body, createServer', floor: 'form', server: { ...floor, born: true }, load: post, ...slow },
  { name: 'raw node:http, HS256 check by hand', floor: 'bare', server: raw('HS256'), load: get },
  { name: 'raw node:http, HS256 token by hand', floor: 'form', server: raw('HS256'), load: token },
  { name: 'raw node:http, ES256 token by hand', floor: 'form', server: raw('ES256'), load: token, ...slow },
  { name: 'raw node:http, RS256 token by hand', floor: 'form', server: raw('RS256'), load: token, ...slow },
];

/** An Express route that does the dearest part of a request and nothing else. */
const doing = (what: string, config: object): Row => ({ name: `Express route, ${what}`, floor: 'form', server: { module: 'servers/doing.js', config }, load: post, ...slow });
export const doingRows: readonly Row[] = [
  doing('RS256 signature', { key: KEYS.RS256.sign }),
  doing('rotation, PostgreSQL', { store: 'postgres' }),
  doing('rotation, Redis', { store: 'redis' }),
];

const alone = (name: string, file: string, config: object): Row => ({ name, floor: 'form', server: { module: `servers/alone/${file}.js`, config, alone: true }, slow: true });

/** No HTTP at all: what the dearest part of a request allows. */
export const aloneRows: readonly Row[] = [
  alone('RS256 signature alone', 'signature', { key: KEYS.RS256.sign }),
  alone('rotation alone, SQLite', 'rotation', { store: 'sqlite' }),
  alone('rotation alone, PostgreSQL', 'rotation', { store: 'postgres' }),
  alone('rotation alone, Redis', 'rotation', { store: 'redis' }),
];
