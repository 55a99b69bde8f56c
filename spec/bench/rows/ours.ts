import type { Client } from '../../../lib';
import { bearerGet, CLIENT_ID, CREDENTIALS_BODY, formPost, ISSUER, KEYS, PASSWORD_BODY, SCOPE, SECRET_SHA256, signToken, TOKEN_PATH, USER, type Alg } from '../fixtures';
import { CONNECTIONS, type Load, type Row, type ServerPlan } from '../row';
import type { OursConfig } from '../servers/ours';

const client: Client = { id: CLIENT_ID, secretHash: SECRET_SHA256, grants: ['client_credentials', 'password', 'refresh_token'], scopes: [SCOPE] };

export function ours(alg: Alg, more: Partial<OursConfig> = {}): ServerPlan {
  const { sign } = KEYS[alg];
  const key = alg === 'HS256' ? { alg, secret: sign } : { alg, privateKey: sign };
  return { module: 'servers/ours.js', config: { issuer: ISSUER, keys: [key], client, user: USER, ...more } satisfies OursConfig };
}

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
export const firstSight = (alg: Alg) => (): Load => ({ requests: Array.from({ length: 25_000 }, () => bearerGet(signToken(alg))), expect: '"for":"user-1"' });

const born = (plan: ServerPlan): ServerPlan => ({ ...plan, born: true });
const opaque: Partial<OursConfig> = { accessToken: { format: 'opaque' } };

export const tokenRows: readonly Row[] = [
  { name: 'token HS256', floor: 'form', server: ours('HS256'), load: credentials },
  { name: 'token HS256, createServer', floor: 'form', server: born(ours('HS256')), load: credentials },
  { name: 'token opaque', floor: 'form', server: ours('ES256', opaque), load: credentials },
  { name: 'token opaque, createServer', floor: 'form', server: born(ours('ES256', opaque)), load: credentials },
  { name: 'token ES256', floor: 'form', server: ours('ES256'), load: credentials },
  { name: 'token RS256', floor: 'form', server: ours('RS256'), load: credentials },
  { name: 'password HS256', floor: 'form', server: ours('HS256'), load: password },
  { name: 'refresh HS256', floor: 'form', server: ours('HS256'), load: refresh },
];

export const bearerRows: readonly Row[] = [
  { name: 'requireBearer HS256', floor: 'bare', server: ours('HS256'), load: seen('HS256') },
  { name: 'requireBearer HS256, createServer', floor: 'bare', server: born(ours('HS256')), load: seen('HS256') },
  { name: 'requireBearer ES256', floor: 'bare', server: ours('ES256'), load: seen('ES256') },
  { name: 'requireBearer RS256', floor: 'bare', server: ours('RS256'), load: seen('RS256') },
  { name: 'requireBearer HS256, first sight', floor: 'bare', server: ours('HS256'), load: firstSight('HS256') },
];
