import { readFileSync } from 'node:fs';
import { createId } from '../ids';
import { parseScope } from '../scopes';
import { algorithm, isAlg } from '../tokens/algorithms';
import { toClaims } from '../tokens/claims';
import { signJwt } from '../tokens/jws';
import { readKey, type KeyOption, type SigningKey } from '../tokens/keys';
import { textOf, usageError, type Command } from './command';

/** A JWT access token signed with a key of yours, for trying an API out without a client or a password. */
export const token: Command = {
  summary: 'sign an access token for trying out',
  usage: 'token --key FILE --issuer URL [--audience URL] [--client ID] [--user ID] [--scope "a b"] [--lifetime 3600] [--alg ES256]',
  options: {
    key: { type: 'string', value: 'FILE', summary: 'a key as `keys` makes it: JWK, PEM or the text of a secret' },
    issuer: { type: 'string', value: 'URL', summary: 'the issuer of the API' },
    audience: { type: 'string', value: 'URL', summary: 'whom it is for; default: the issuer' },
    client: { type: 'string', value: 'ID', summary: 'the client it is issued to; default command-line' },
    user: { type: 'string', value: 'ID', summary: 'the user behind it; default: none, the client acts for itself' },
    scope: { type: 'string', value: '"a b"', summary: 'its scopes' },
    lifetime: { type: 'string', value: 'SECONDS', summary: 'default 3600' },
    alg: { type: 'string', value: 'NAME', summary: 'the algorithm of a key that does not name it; default ES256' },
  },
  async run(values) {
    const file = textOf(values.key);
    const issuer = textOf(values.issuer);
    const lifetime = Number(values.lifetime ?? '3600');
    if (file === undefined || issuer === undefined) throw usageError('--key FILE and --issuer URL are needed');
    if (!Number.isInteger(lifetime) || lifetime <= 0) throw usageError('--lifetime is a whole number of seconds');
    const userId = textOf(values.user);
    const issuedAt = Math.floor(Date.now() / 1000);
    const authorization = {
      clientId: textOf(values.client) ?? 'command-line',
      scopes: parseScope(textOf(values.scope)),
      audience: [textOf(values.audience) ?? issuer],
      ...(userId === undefined ? {} : { userId, authTime: issuedAt }),
    };
    const claims = toClaims(authorization, { id: createId(Date.now()), issuer, issuedAt, expiresAt: issuedAt + lifetime });
    const made = await signJwt(claims, 'at+jwt', readKeyFile(file, textOf(values.alg) ?? 'ES256'));
    return { text: made, json: { access_token: made, token_type: 'bearer', expires_in: lifetime } };
  },
};

/** A key as `keys` makes it: a JWK, PEM, or the text of a secret. */
function readKeyFile(file: string, alg: string): SigningKey {
  const text = readFileSync(file, 'utf8').trim();
  if (text.startsWith('{')) {
    const jwk = JSON.parse(text) as { readonly alg?: string; readonly kid?: string };
    return readOption({ alg: jwk.alg ?? alg, ...(jwk.kid === undefined ? {} : { kid: jwk.kid }), privateKey: jwk });
  }
  const isSecret = isAlg(alg) && algorithm(alg).kind === 'hmac';
  return readOption(isSecret ? { alg, secret: text } : { alg, privateKey: text });
}

function readOption(option: object): SigningKey {
  try {
    return readKey(option as KeyOption);
  } catch (error) {
    throw usageError(`--key: ${error instanceof Error ? error.message : 'no key'}`);
  }
}
