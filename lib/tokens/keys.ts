import { createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, KeyObject, type JsonWebKey } from 'node:crypto';
import { algorithm, isAlg, keyProblem, type Alg } from './algorithms';

/** A key as the app gives it. Without `kid` it gets its RFC 7638 thumbprint. */
export type KeyOption =
  | { readonly kid?: string; readonly alg: Alg; readonly privateKey: string | Buffer | JsonWebKey | KeyObject }
  | { readonly kid?: string; readonly alg: Alg; readonly secret: string | Uint8Array | KeyObject };

/** What a token can be verified with. */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: Alg;
  readonly verifyWith: KeyObject;
}

export interface SigningKey extends VerificationKey {
  readonly signWith: KeyObject;
}

/** The keys in force: the first signs, all verify. Replacing them takes effect with the next token. */
export interface KeyRing {
  signing(): SigningKey;
  signingWith(alg: string): SigningKey | undefined;
  all(): readonly VerificationKey[];
  replace(keys: readonly SigningKey[]): void;
}

export function createKeyRing(initial: readonly [SigningKey, ...SigningKey[]]): KeyRing {
  let keys: readonly [SigningKey, ...SigningKey[]] = initial;
  return {
    signing: () => keys[0],
    signingWith: (alg) => keys.find((key) => key.alg === alg),
    all: () => keys,
    replace([first, ...rest]) {
      if (first === undefined) throw new TypeError('keys must hold at least one key');
      keys = [first, ...rest];
    },
  };
}

/** A fresh ES256 key, for a process that was given none. */
export const generateKey = (): SigningKey => toSigningKey('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

/** Reads one key of the option `keys`; throws a `TypeError` that names the problem and never the key. */
export function readKey(option: KeyOption): SigningKey {
  const { alg, kid } = option;
  if (!isAlg(alg)) throw new TypeError('alg must be one of HS256, ES256, RS256, PS256 or their 384 and 512 forms');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new TypeError('kid must be a string that is not empty');
  const key = readKeyObject(option, algorithm(alg).kind === 'hmac');
  const problem = keyProblem(alg, key);
  if (problem !== undefined) throw new TypeError(problem);
  return toSigningKey(alg, key, kid);
}

function readKeyObject(option: KeyOption, symmetric: boolean): KeyObject {
  if (symmetric) {
    if (!('secret' in option)) throw new TypeError('an HS algorithm takes secret, not privateKey');
    const { secret } = option;
    if (secret instanceof KeyObject) return secret;
    if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) throw new TypeError('secret must be a string, bytes or a KeyObject');
    return createSecretKey(Buffer.from(secret));
  }
  if (!('privateKey' in option)) throw new TypeError('this algorithm takes privateKey, not secret');
  return readPrivateKey(option.privateKey);
}

function readPrivateKey(key: string | Buffer | JsonWebKey | KeyObject): KeyObject {
  try {
    if (key instanceof KeyObject) {
      if (key.type === 'private') return key;
    } else if (typeof key === 'string' || Buffer.isBuffer(key)) {
      return createPrivateKey(key);
    } else {
      return createPrivateKey({ key, format: 'jwk' });
    }
  } catch {
    // What OpenSSL says of a key may quote it.
  }
  throw new TypeError('privateKey must be a private key as PEM, JWK or KeyObject');
}

function toSigningKey(alg: Alg, signWith: KeyObject, kid?: string): SigningKey {
  const verifyWith = signWith.type === 'secret' ? signWith : createPublicKey(signWith);
  return { kid: kid ?? thumbprint(verifyWith), alg, signWith, verifyWith };
}

/** RFC 7638; of a secret, which has no public form, an HMAC that tells nothing of it. */
export function thumbprint(key: KeyObject): string {
  if (key.type === 'secret') return createHmac('sha256', key).update('kid').digest('base64url').slice(0, 16);
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  // The required members in the order of their names (RFC 7638 §3.2); those a key type lacks are left out by JSON.
  return createHash('sha256').update(JSON.stringify({ crv, e, kty, n, x, y })).digest('base64url');
}

/** The public members of a key as a JWK (RFC 7517 §4); `undefined` for a secret, which has none. */
export function publicJwk({ kid, alg, verifyWith }: VerificationKey): JsonWebKey | undefined {
  return verifyWith.type === 'secret' ? undefined : { ...verifyWith.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}
