import type { KeyObject } from 'node:crypto';

interface Algorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly kind: 'hmac' | 'rsa' | 'pss' | 'ec';
  /** Bytes of the signature; for RSA the key decides: see `signatureBytes`. */
  readonly bytes?: number;
  readonly curve?: string;
}

/** RFC 7518 §3.1, without `none`. */
export type Alg = `${'HS' | 'ES' | 'RS' | 'PS'}${'256' | '384' | '512'}`;

const ALGORITHMS: Readonly<Record<Alg, Algorithm>> = {
  HS256: { hash: 'sha256', kind: 'hmac', bytes: 32 },
  HS384: { hash: 'sha384', kind: 'hmac', bytes: 48 },
  HS512: { hash: 'sha512', kind: 'hmac', bytes: 64 },
  ES256: { hash: 'sha256', kind: 'ec', bytes: 64, curve: 'prime256v1' },
  ES384: { hash: 'sha384', kind: 'ec', bytes: 96, curve: 'secp384r1' },
  ES512: { hash: 'sha512', kind: 'ec', bytes: 132, curve: 'secp521r1' },
  RS256: { hash: 'sha256', kind: 'rsa' },
  RS384: { hash: 'sha384', kind: 'rsa' },
  RS512: { hash: 'sha512', kind: 'rsa' },
  PS256: { hash: 'sha256', kind: 'pss' },
  PS384: { hash: 'sha384', kind: 'pss' },
  PS512: { hash: 'sha512', kind: 'pss' },
};

export const isAlg = (value: unknown): value is Alg => typeof value === 'string' && Object.hasOwn(ALGORITHMS, value);
export const algorithm = (alg: Alg): Algorithm => ALGORITHMS[alg];

/**
 * How long a signature of this key is: RFC 7518 §3.2 and §3.4, RFC 8017 §8.1.2 and §8.2.2 (as long as the modulus).
 * A verifier that reads numbers takes one without its leading zero bytes too, and so a second text of one token.
 */
export function signatureBytes(alg: Alg, key: KeyObject): number {
  return algorithm(alg).bytes ?? Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** What is wrong with this key for this algorithm, in words for the operator; `undefined` where nothing is (RFC 7518 §3.2 to §3.5). */
export function keyProblem(alg: Alg, key: KeyObject): string | undefined {
  const { kind, hash, curve } = algorithm(alg);
  if (kind === 'hmac') {
    const least = Number(hash.slice(3)) / 8;
    if (key.type !== 'secret') return `${alg} takes a secret`;
    return (key.symmetricKeySize ?? 0) < least ? `${alg} takes a secret of at least ${String(least)} bytes` : undefined;
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (kind === 'ec') {
    return details?.namedCurve === curve ? undefined : `${alg} takes an EC key on ${curve ?? ''}`;
  }
  // There is no JWK of a key that is marked for PSS alone (id-RSASSA-PSS), so nobody could be told of it.
  if (type !== 'rsa') return `${alg} takes an RSA key of the common kind (rsaEncryption)`;
  return (details?.modulusLength ?? 0) < 2048 ? `${alg} takes an RSA key of at least 2048 bits` : undefined;
}
