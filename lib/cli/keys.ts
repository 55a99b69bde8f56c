import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { algorithm, isAlg, type Alg } from '../tokens/algorithms';
import { thumbprint } from '../tokens/keys';
import { textOf, usageError, type Command } from './command';

const generate = promisify(generateKeyPair);

/** A new signing key on standard output: as a JWK with its `kid`, or as PEM. */
export const keys: Command = {
  summary: 'make a signing key',
  usage: 'keys [--alg ES256] [--pem]',
  options: { alg: { type: 'string', default: 'ES256' }, pem: { type: 'boolean' } },
  async run(values) {
    const alg = textOf(values.alg);
    if (!isAlg(alg)) throw usageError('--alg is one of ES256, RS256, PS256, HS256 or their 384 and 512 forms');
    if (algorithm(alg).kind === 'hmac') return secretKey(alg);
    const { privateKey, publicKey } = await makePair(alg);
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: thumbprint(publicKey), alg, use: 'sig' };
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return { json: values.pem === true ? { alg, pem } : jwk, text: values.pem === true ? pem.trimEnd() : JSON.stringify(jwk) };
  },
};

/** As many random bytes as the hash has: RFC 7518 §3.2 asks for no less. */
function secretKey(alg: Alg): { text: string; json: object } {
  const secret = randomBytes(algorithm(alg).bytes ?? 32).toString('base64url');
  return { text: secret, json: { alg, secret } };
}

function makePair(alg: Alg): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const { kind, curve } = algorithm(alg);
  // 3072 bits are what 128 bits of security ask for.
  return kind === 'ec' ? generate('ec', { namedCurve: curve ?? 'P-256' }) : generate('rsa', { modulusLength: 3072 });
}
