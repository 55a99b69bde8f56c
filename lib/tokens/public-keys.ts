import { createPublicKey, KeyObject, type JsonWebKey } from 'node:crypto';
import { isAlg, keyProblem, type Alg } from './algorithms';
import { thumbprint, type VerificationKey } from './keys';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** For keys that name no algorithm: one per curve, and for RSA the one that OpenID Connect Discovery §3 makes everybody have. */
const USUAL: Readonly<Record<string, Alg>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** Reads one key of a JWKS; `undefined` for every key that is not understood (RFC 7517 §5), or not to be trusted. */
export function readJwk(jwk: unknown): VerificationKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined;
  const { use = 'sig', key_ops: ops = ['verify'], kid = '', alg } = jwk as Readonly<Record<string, unknown>>;
  if (use !== 'sig' || !Array.isArray(ops) || !ops.includes('verify') || typeof kid !== 'string') return undefined;
  // Whoever can read the secret half can sign with it: nothing this key signed proves anything.
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined;
  const verifyWith = importJwk(jwk);
  if (verifyWith === undefined) return undefined;
  const known = alg ?? USUAL[verifyWith.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'RS256';
  return isAlg(known) && keyProblem(known, verifyWith) === undefined ? { kid, alg: known, verifyWith } : undefined;
}

function importJwk(jwk: object): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** Reads a public key that the app gives; throws a `TypeError` that names the problem. */
export function readPublicKey(key: unknown, alg: Alg, kid: string | undefined): VerificationKey {
  const verifyWith = importPublicKey(key);
  const problem = keyProblem(alg, verifyWith);
  if (problem !== undefined) throw new TypeError(problem);
  return { kid: kid ?? thumbprint(verifyWith), alg, verifyWith };
}

function importPublicKey(key: unknown): KeyObject {
  if (key instanceof KeyObject && key.type === 'public') return key;
  try {
    // Node would take the public half of a private key: that one has no business here, and whoever gave it should know.
    const isPrivate = typeof key === 'string' || Buffer.isBuffer(key) ? key.includes('PRIVATE KEY') : key instanceof KeyObject;
    if (!isPrivate && (typeof key === 'string' || Buffer.isBuffer(key))) return createPublicKey(key);
    if (!isPrivate && typeof key === 'object' && key !== null && !('d' in key)) return createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
  } catch {
    // What OpenSSL says of a key may quote it.
  }
  throw new TypeError('publicKey must be a public key as PEM, JWK or KeyObject');
}
