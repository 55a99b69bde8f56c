import { createHash, createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import bcrypt from 'bcrypt';
import jwt from 'jsonwebtoken';
import { createId } from '../../lib/ids';
import type { WireRequest } from './row';

/** What every server of the bench agrees on. */
export const ISSUER = 'http://127.0.0.1/oauth';
export const CLIENT_ID = 'bench-client';
export const SECRET = randomBytes(32).toString('base64url');
export const SECRET_SHA256: string = createHash('sha256').update(SECRET).digest('hex');
export const SECRET_BCRYPT: string = bcrypt.hashSync(SECRET, 12);
export const SCOPE = 'storage';
export const USER = { id: 'user-1', name: 'alice', password: 'correct horse battery staple' } as const;

export type Alg = 'HS256' | 'ES256' | 'RS256';

const pem = (key: KeyObject): string => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = randomBytes(32).toString('base64url');

/** As text, since they travel to the servers as JSON. */
export const KEYS: Readonly<Record<Alg, { readonly alg: Alg; readonly sign: string; readonly verify: string }>> = {
  HS256: { alg: 'HS256', sign: secret, verify: secret },
  ES256: { alg: 'ES256', sign: pem(ec.privateKey), verify: pem(ec.publicKey) },
  RS256: { alg: 'RS256', sign: pem(rsa.privateKey), verify: pem(rsa.publicKey) },
};
const SIGN_WITH: Readonly<Record<Alg, KeyObject>> = { HS256: createSecretKey(Buffer.from(secret)), ES256: ec.privateKey, RS256: rsa.privateKey };

/** An access token as this package makes it (RFC 9068), each with an id of its own. */
export function signToken(alg: Alg): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER, sub: USER.id, aud: ISSUER, client_id: CLIENT_ID, iat: now, exp: now + 86_400,
    jti: createId(Date.now()), scope: SCOPE, auth_time: now,
  };
  return jwt.sign(claims, SIGN_WITH[alg], { algorithm: alg, header: { alg, typ: 'at+jwt' } });
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const BASIC = { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${SECRET}`).toString('base64')}` };

export const TOKEN_PATH = '/oauth/token';
export const formPost = (body: string, path: string = TOKEN_PATH, headers: Readonly<Record<string, string>> = BASIC): WireRequest => ({
  method: 'POST',
  path,
  headers: { ...headers, ...FORM },
  body,
});

export const CREDENTIALS_BODY = `grant_type=client_credentials&scope=${SCOPE}`;
export const PASSWORD_BODY: string = new URLSearchParams({ grant_type: 'password', username: USER.name, password: USER.password, scope: SCOPE }).toString();
export const bearerGet = (token: string, path = '/files'): WireRequest => ({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } });
