import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { algorithm, isAlg, type Alg } from '../tokens/algorithms';
import { thumbprint } from '../tokens/keys';
import { textOf, usageError, type Command } from './command';

const generate = promisify(generateKeyPair);

/** A new signing key, as a JWK with its `kid` or as PEM: on standard output, or in a new file that its owner alone can read. */
export const keys: Command = {
  summary: 'make a signing key',
  usage: 'keys [--alg ES256] [--pem] [--out FILE]',
  options: {
    alg: { type: 'string', value: 'NAME', summary: 'ES256, RS256, PS256 or HS256, or their 384 and 512 forms; default ES256' },
    pem: { type: 'boolean', summary: 'as PEM; default: as JWK' },
    out: { type: 'string', value: 'FILE', summary: 'write it into a new file that you alone can read; default: standard output' },
  },
  async run(values) {
    const alg = textOf(values.alg) ?? 'ES256';
    if (!isAlg(alg)) throw usageError('--alg is one of ES256, RS256, PS256, HS256 or their 384 and 512 forms');
    const made = algorithm(alg).kind === 'hmac' ? secretKey(alg) : await keyPair(alg, values.pem === true);
    const file = textOf(values.out);
    if (file === undefined) return made;
    // Never over another key: the tokens it signed would be good no longer.
    writeFileSync(file, `${made.text}\n`, { mode: 0o600, flag: 'wx' });
    return { json: { alg, file }, text: `A key for ${alg} stands in ${file}.` };
  },
};

interface Made {
  readonly text: string;
  readonly json: object;
}

async function keyPair(alg: Alg, asPem: boolean): Promise<Made> {
  const { privateKey, publicKey } = await makePair(alg);
  if (asPem) {
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return { json: { alg, pem }, text: pem.trimEnd() };
  }
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: thumbprint(publicKey), alg, use: 'sig' };
  return { json: jwk, text: JSON.stringify(jwk) };
}

/** As many random bytes as the hash has: RFC 7518 §3.2 asks for no less. */
function secretKey(alg: Alg): Made {
  const secret = randomBytes(algorithm(alg).bytes ?? 32).toString('base64url');
  return { text: secret, json: { alg, secret } };
}

function makePair(alg: Alg): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const { kind, curve } = algorithm(alg);
  // 3072 bits are what 128 bits of security ask for.
  return kind === 'ec' ? generate('ec', { namedCurve: curve ?? 'P-256' }) : generate('rsa', { modulusLength: 3072 });
}
