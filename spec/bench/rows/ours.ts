import type { Client } from '../../../lib';
import { bearerGet, CLIENT_ID, CREDENTIALS_BODY, formPost, ISSUER, KEYS, PASSWORD_BODY, SCOPE, SECRET_BCRYPT, SECRET_SHA256, signToken, TOKEN_PATH, USER, type Alg } from '../fixtures';
import { CONNECTIONS, type Load, type Row, type ServerPlan } from '../row';
import type { OursConfig } from '../servers/ours';
import type { StoreKind } from '../servers/stores';

const client: Client = { id: CLIENT_ID, secretHash: SECRET_SHA256, grants: ['client_credentials', 'password', 'refresh_token'], scopes: [SCOPE] };

export function ours(alg: Alg, more: Partial<OursConfig> = {}, module = 'servers/ours.js'): ServerPlan {
  const { sign } = KEYS[alg];
  const key = alg === 'HS256' ? { alg, secret: sign } : { alg, privateKey: sign };
  return { module, config: { issuer: ISSUER, keys: [key], client, user: USER, ...more } satisfies OursConfig };
}

/** A client whose secret is kept under bcrypt, cost 12; its hashes are counted. */
export const bcryptServer = (): ServerPlan => ours('HS256', { client: { ...client, secretHash: SECRET_BCRYPT } }, 'servers/counted.js');

export const credentials = (): Load => ({ requests: [formPost(CREDENTIALS_BODY)], expect: '"access_token":"' });
export const password = (): Load => ({ requests: [formPost(PASSWORD_BODY)], expect: '"refresh_token":"' });

/** Each connection refreshes a session of its own, with the token that the answer before brought. */
export async function refresh(url: string, path: string = TOKEN_PATH): Promise<Load> {
  const { headers, body = '' } = formPost(PASSWORD_BODY, path);
  const first = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const answer = await fetch(url + path, { method: 'POST', headers, body });
      const { refresh_token: token } = (await answer.json()) as { refresh_token?: string };
      if (token === undefined) throw new Error(`no refresh token: ${String(answer.status)}`);
      return encodeURIComponent(token);
    }),
  );
  return { requests: [formPost('grant_type=refresh_token&refresh_token={next}', path)], expect: '"refresh_token":"', chain: { member: 'refresh_token', first } };
}

export const seen = (alg: Alg) => (): Load => ({ requests: [bearerGet(signToken(alg))], expect: '"for":"user-1"' });

/** More tokens than any memory here holds, in turns: each is new again when it comes back. */
const MANY = 12_000;
const many = new Map<Alg, Load>();
export const firstSight = (alg: Alg) => (): Load => {
  const load = many.get(alg) ?? { requests: Array.from({ length: MANY }, () => bearerGet(signToken(alg))), expect: '"for":"user-1"' };
  many.set(alg, load);
  return load;
};

const born = (row: Row): Row => ({ ...row, name: `${row.name}, createServer`, server: { ...row.server, born: true } });

const GRANTS = [['token', credentials], ['password', password], ['refresh', refresh]] as const;
const FORMATS = ['HS256', 'opaque', 'ES256', 'RS256'] as const;
const STORES: readonly (readonly [string, StoreKind])[] = [['SQLite', 'sqlite'], ['PostgreSQL', 'postgres'], ['Redis', 'redis']];

const serverFor = (format: (typeof FORMATS)[number], store?: StoreKind): ServerPlan => {
  const where = store === undefined ? {} : { store };
  return format === 'opaque' ? ours('ES256', { accessToken: { format }, ...where }) : ours(format, where);
};

const inMemory = GRANTS.flatMap(([grant, load]) =>
  FORMATS.map((format): Row => ({ name: `${grant} ${format}`, floor: 'form', server: serverFor(format), load, slow: format === 'RS256' || (grant !== 'token' && format !== 'HS256') })),
);
const inStores = STORES.flatMap(([name, store]) =>
  GRANTS.flatMap(([grant, load]) =>
    FORMATS.map((format): Row => ({ name: `${grant} ${format}, ${name}`, floor: 'form', server: serverFor(format, store), load, slow: true })),
  ),
);
const named = (name: string): Row[] => inMemory.filter((row) => row.name === name);

export const tokenRows: readonly Row[] = [
  ...inMemory,
  { name: 'token HS256, bcrypt secret', floor: 'form', server: bcryptServer(), load: credentials },
  ...[...named('token HS256'), ...named('token opaque')].map(born),
  ...[...named('password HS256'), ...named('refresh HS256'), ...named('token ES256')].map((row) => ({ ...born(row), slow: true })),
];
export const storeRows: readonly Row[] = inStores;

const bearer = (alg: Alg, more: Partial<Row> = {}): Row => ({ name: `requireBearer ${alg}`, floor: 'bare', server: ours(alg), load: seen(alg), ...more });
const fresh = (alg: Alg, slow: boolean): Row => ({ ...bearer(alg), name: `requireBearer ${alg}, first sight`, load: firstSight(alg), slow });
const algs = ['HS256', 'ES256', 'RS256'] as const;

/** A token of the opaque kind comes from the server itself. */
async function seenOpaque(url: string): Promise<Load> {
  const { path, headers, body = '' } = formPost(PASSWORD_BODY);
  const { access_token: token = '' } = (await (await fetch(url + path, { method: 'POST', headers, body })).json()) as { access_token?: string };
  return { requests: [bearerGet(token)], expect: '"for":"user-1"' };
}

export const bearerRows: readonly Row[] = [
  ...algs.map((alg) => bearer(alg, { slow: alg === 'ES256' })),
  { name: 'requireBearer opaque', floor: 'bare', server: serverFor('opaque'), load: seenOpaque, slow: true },
  ...algs.map((alg) => ({ ...born(bearer(alg)), slow: alg !== 'HS256' })),
  ...algs.map((alg) => fresh(alg, alg !== 'HS256')),
];
