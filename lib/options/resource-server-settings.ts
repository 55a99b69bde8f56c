import type { Emit } from '../events';
import type { KeptFor } from '../remote/kept';
import { algorithm, isAlg } from '../tokens/algorithms';
import { readKey, type VerificationKey } from '../tokens/keys';
import { readPublicKey } from '../tokens/public-keys';
import { collectProblems, openOptions, type Problems } from './check';
import { aFunction, issuerUrl, realmText, seconds, text, texts, safeUrl } from './checks';
import { readKeyList, type KeyKind } from './key-list';
import type { VerificationKeyOption } from './resource-server-options';

/** The options of `resourceServer`, checked once and completed. */
export interface ResourceServerSettings {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly way: Way;
  readonly timeout: number;
  readonly onEvent: Emit | undefined;
  readonly realm: string;
}

/** How a token is verified. */
export type Way =
  | { readonly by: 'jwks'; readonly keptFor: KeptFor }
  | { readonly by: 'keys'; readonly keys: readonly VerificationKey[] }
  | ({ readonly by: 'introspection' } & IntrospectionSettings);

export interface IntrospectionSettings {
  readonly endpoint: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly cacheFor: number;
}

const NAMES = ['issuer', 'audience', 'keys', 'jwks', 'introspection', 'timeout', 'onEvent', 'realm'];

export function readResourceServerSettings(options: unknown): ResourceServerSettings {
  const problems = collectProblems('resourceServer');
  const given = openOptions('', options, NAMES, problems);
  const settings = {
    issuer: given.required('issuer', issuerUrl, 'the issuer of the oauthRouter in the other process') ?? '',
    audience: [given.required('audience', texts, 'what tokens for this resource server have in aud') ?? []].flat(),
    timeout: given.read('timeout', seconds(0.01, 300), 5),
    onEvent: given.optional('onEvent', aFunction<Emit>('(event) => void')),
    realm: given.read('realm', realmText, 'oauth'),
    way: readWay(given.values, problems),
  };
  problems.throwIfAny();
  return settings;
}

function readWay({ keys, jwks, introspection }: Readonly<Record<string, unknown>>, problems: Problems): Way {
  const chosen = Object.entries({ keys, jwks, introspection }).filter(([, value]) => value !== undefined);
  if (chosen.length > 1) problems.add(chosen.map(([name]) => name).join(', '), chosen, 'one of them: there is one way to verify a token');
  if (introspection !== undefined) return { by: 'introspection', ...readIntrospection(introspection, problems) };
  if (keys !== undefined) return { by: 'keys', keys: readKeyList(keys, 'an array of keys', VERIFICATION_KEY, problems) };
  return { by: 'jwks', keptFor: readKeptFor(jwks, problems) };
}

function readIntrospection(options: unknown, problems: Problems): IntrospectionSettings {
  const given = openOptions('introspection', options, ['endpoint', 'clientId', 'clientSecret', 'cacheFor'], problems);
  return {
    endpoint: given.optional('endpoint', safeUrl),
    clientId: given.required('clientId', text) ?? '',
    clientSecret: given.required('clientSecret', text) ?? '',
    cacheFor: given.read('cacheFor', seconds(0, 300), 10),
  };
}

function readKeptFor(options: unknown, problems: Problems): KeptFor {
  const given = openOptions('jwks', options, ['maxAge', 'keepFor', 'cooldown'], problems);
  const keptFor = {
    maxAge: given.read('maxAge', seconds(0.01, 86_400), 300),
    keepFor: given.read('keepFor', seconds(0.01, 7 * 86_400), 7200),
    cooldown: given.read('cooldown', seconds(0.01, 3600), 10),
  };
  if (keptFor.keepFor < keptFor.maxAge) problems.add('jwks.keepFor', keptFor.keepFor, 'no less than jwks.maxAge');
  return keptFor;
}

const VERIFICATION_KEY: KeyKind<VerificationKey> = { names: ['kid', 'alg', 'publicKey', 'secret'], read: readVerificationKey };

function readVerificationKey(option: VerificationKeyOption): VerificationKey {
  const { alg, kid } = option;
  const isSecret = 'secret' in option;
  if (!isAlg(alg) || isSecret !== (algorithm(alg).kind === 'hmac')) {
    throw new TypeError('publicKey with an alg of ES256, RS256, PS256, or secret with HS256, or their 384 and 512 forms');
  }
  if (isSecret) return readKey(option);
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new TypeError('kid must be a string that is not empty');
  return readPublicKey(option.publicKey, alg, kid);
}
