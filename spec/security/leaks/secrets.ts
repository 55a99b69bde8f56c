import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';

/** Stands in every secret that the drive makes up; nothing else of it holds this text. */
const MARK = 'mArKed-sEcReT';
const marked = (name: string): string => `${MARK}-${name}-${'x'.repeat(32)}`;

export const CLIENT = marked('client');
export const SLOW_CLIENT = marked('slow-client');
export const PLAIN = marked('plain-for-id-tokens');
export const PASSWORD = marked('password');
export const WRONG = marked('wrong');
export const SERVER_SECRET = marked('resource-server');
export const HMAC_KEY = marked('signing-key');
/** The same key in the process that looks and in those that are looked at. */
export const SIGNING_PEM = (process.env['LEAKS_KEY'] ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
export const SIGNING_KEY = createPrivateKey(SIGNING_PEM);
const jwk = SIGNING_KEY.export({ format: 'jwk' });

/** What must stand nowhere, whatever it is written as: what was made up, and the keys. */
export const MADE: readonly string[] = [MARK, String(jwk.d), SIGNING_PEM.split('\n')[2] ?? '', Buffer.from(String(jwk.d), 'base64url').toString('hex')];

/** The ways in which a text may hide in another. */
export function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // Base64 of a text depends on where it begins in a group of three; the middle of each is the same whatever stands around it.
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(4, -4));
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), ...shifted, ...shifted.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Parts of a token that would be enough to use it, or to guess the rest. */
export const partsOfToken = (token: string): readonly string[] => [token, token.slice(-40), token.slice(0, -20)].filter((part) => part.length >= 30);

/** Where one of them stands in `text`: with what is around it, itself left out. */
export function findLeaks(text: string, secrets: readonly string[]): readonly string[] {
  const leaks: string[] = [];
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      const at = text.indexOf(spelling);
      if (at >= 0) leaks.push(`${createHash('sha256').update(secret).digest('hex').slice(0, 8)} after ${JSON.stringify(text.slice(Math.max(0, at - 80), at))}`);
    }
  }
  return leaks;
}
