import { constants, createHmac, sign as cryptoSign, timingSafeEqual, verify as cryptoVerify, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Awaitable } from '../awaitable';
import { createGate, POOL_SIZE } from '../pool';
import { decodeUtf8 } from '../utf8';
import { algorithm, signatureBytes, type Alg } from './algorithms';
import type { VerificationKey } from './keys';

export type Json = Readonly<Record<string, unknown>>;

/** A JWS in compact form (RFC 7515 §7.1) whose signature nobody has looked at yet. */
export interface UnverifiedJws {
  readonly header: Json;
  readonly payload: Json;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/** What signs: one key under its one algorithm; a client's own secret has no `kid`. */
export interface Signer {
  readonly kid?: string;
  readonly alg: Alg;
  readonly signWith: KeyObject;
}

/**
 * Signs a JWT. Elliptic curves are the library's. Its way to an HMAC is three times as long as the HMAC, and an RSA signature, which
 * takes long enough to be worth a thread of the pool, it would make on this one.
 */
export function signJwt(payload: Json, typ: string, signer: Signer): Awaitable<string> {
  const { alg, kid, signWith } = signer;
  const { kind, hash } = algorithm(alg);
  const header = { alg, typ, ...(kid === undefined ? {} : { kid }) };
  // As text: of an object the library first makes a copy, and checks claims that are ours already.
  if (kind === 'ec') return jwt.sign(JSON.stringify(payload), signWith, { algorithm: alg, header });
  const input = `${encode(header)}.${encode(payload)}`;
  if (kind === 'hmac') return `${input}.${createHmac(hash, signWith).update(input).digest('base64url')}`;
  return throughGate(() => signOnPool(input, signer));
}

const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** One for each thread, and one that is there when the first is done. With all of them in line, a file read would stand behind all. */
const throughGate = createGate(POOL_SIZE + 1);

function signOnPool(input: string, { alg, signWith }: Signer): Promise<string> {
  return new Promise((resolve, reject) => {
    cryptoSign(algorithm(alg).hash, Buffer.from(input), { key: signWith, ...padding(alg) }, (error, signature) => {
      if (error) reject(error);
      else resolve(`${input}.${signature.toString('base64url')}`);
    });
  });
}

const padding = (alg: Alg): object =>
  algorithm(alg).kind === 'pss'
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { padding: constants.RSA_PKCS1_PADDING };

/** Takes a compact JWS apart, strictly (RFC 7515 §5.2, RFC 7519 §7.2): one spelling of each token, or `undefined`. */
export function parseJws(token: string): UnverifiedJws | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [first, second, third] = parts as [string, string, string];
  const signature = decodePart(third);
  const header = parseObject(decodePart(first));
  const payload = header && parseObject(decodePart(second));
  if (!header || !payload || !signature) return undefined;
  return { header, payload, signature, signingInput: token.slice(0, token.length - third.length - 1) };
}

/** Node's decoder takes junk, padding and stray bits; whoever re-encodes sees whether there were any. */
function decodePart(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined;
}

function parseObject(bytes: Buffer | undefined): Json | undefined {
  const text = bytes && decodeUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the signature is this key's, under this key's one algorithm (RFC 8725 §3.1). */
export function isSignedBy(jws: UnverifiedJws, { alg, verifyWith }: VerificationKey): boolean {
  if (jws.header.alg !== alg) return false;
  const { kind, hash } = algorithm(alg);
  if (jws.signature.length !== signatureBytes(alg, verifyWith)) return false;
  if (kind === 'hmac') return timingSafeEqual(createHmac(hash, verifyWith).update(jws.signingInput).digest(), jws.signature);
  const input = Buffer.from(jws.signingInput);
  if (kind === 'ec') return cryptoVerify(hash, input, { key: verifyWith, dsaEncoding: 'ieee-p1363' }, jws.signature);
  return cryptoVerify(hash, input, { key: verifyWith, ...padding(alg) }, jws.signature);
}

/** The key whose signature this is: of those with the header's `kid`, or of all where it has none. */
export function findSigner(jws: UnverifiedJws, keys: readonly VerificationKey[]): VerificationKey | undefined {
  const { kid } = jws.header;
  return keys.find((key) => (kid === undefined || key.kid === kid) && isSignedBy(jws, key));
}
