import type { Emit } from '../events';
import type { Grant } from '../grants/grant';
import { memoryStore } from '../stores/memory';
import type { TokenStore } from '../stores/store';
import type { ThrottleSettings } from '../throttle/limits';
import type { AccessTokenSettings } from '../tokens/access-tokens';
import { generateKey, readKey, type SigningKey } from '../tokens/keys';
import type { RefreshTokenSettings } from '../tokens/refresh-tokens';
import { warnOnce } from '../warn';
import { collectProblems, openOptions, type Problems } from './check';
import { aBoolean, aFunction, issuerUrl, oneOf, realmText, seconds, texts, wholeSeconds } from './checks';
import { readGrants } from './grant-list';
import { readKeyList, type KeyKind } from './key-list';
import type { OAuthRouterOptions } from './options';
import { readThrottle } from './throttle';

/** The options, checked once and completed: the rest of the package never asks whether one is there. */
export interface Settings extends Pick<OAuthRouterOptions, 'issuer' | 'findClient' | 'verifyUser' | 'findUser' | 'grantScopes'> {
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  readonly accessToken: AccessTokenSettings;
  readonly refreshToken: RefreshTokenSettings;
  readonly grants: readonly Grant[];
  readonly store: TokenStore;
  /** Absent: nobody is throttled. */
  readonly throttle: ThrottleSettings | undefined;
  readonly timeout: number;
  readonly onEvent: Emit | undefined;
  readonly realm: string;
  readonly requireTls: boolean;
}

const NAMES = [
  'issuer', 'findClient', 'verifyUser', 'findUser', 'keys', 'accessToken', 'refreshToken', 'grantScopes', 'grants',
  'store', 'throttle', 'timeout', 'onEvent', 'realm', 'requireTls',
];
const DAY = 86_400;
const LONGEST = 3650 * DAY;

export function readSettings(options: unknown): Settings {
  const problems = collectProblems('oauthRouter');
  const given = openOptions('', options, NAMES, problems);
  const { keys, accessToken, refreshToken, throttle, grants, store } = given.values;
  const issuer = given.required('issuer', issuerUrl, 'for example https://api.example.com/oauth') ?? '';
  const settings = {
    issuer,
    findClient: given.required('findClient', aFunction<OAuthRouterOptions['findClient']>('(clientId) => Client | undefined')),
    verifyUser: given.optional('verifyUser', aFunction<NonNullable<OAuthRouterOptions['verifyUser']>>('(username, password) => User | undefined')),
    findUser: given.optional('findUser', aFunction<NonNullable<OAuthRouterOptions['findUser']>>('(userId) => User | undefined')),
    grantScopes: given.optional('grantScopes', aFunction<NonNullable<OAuthRouterOptions['grantScopes']>>('({ client, user, requested }) => string[]')),
    grants: readGrants(grants, problems),
    accessToken: readAccessToken(accessToken, issuer, problems),
    refreshToken: readRefreshToken(refreshToken, problems),
    throttle: readThrottle(throttle, problems),
    timeout: given.read('timeout', seconds(0.01, 300), 10),
    onEvent: given.optional('onEvent', aFunction<Emit>('(event) => void')),
    realm: given.read('realm', realmText, 'oauth'),
    requireTls: given.read('requireTls', aBoolean, false),
  };
  const signingKeys = readKeys(keys, problems);
  checkStore(store, problems);
  problems.throwIfAny();
  return { ...settings, keys: signingKeys ?? ephemeralKeys(), store: store ?? processStore() } as Settings;
}

const inProduction = (): boolean => process.env.NODE_ENV === 'production';

function ephemeralKeys(): readonly SigningKey[] {
  warnOnce('OAUTH_KEYS', 'oauthRouter has no keys: tokens are signed with a key that dies with this process. Pass the option keys.');
  return [generateKey()];
}

function processStore(): TokenStore {
  if (inProduction()) {
    warnOnce('OAUTH_STORE', 'oauthRouter keeps refresh tokens in memory: they die with this process, and no other process knows them. Pass the option store.');
  }
  return memoryStore();
}

function readAccessToken(options: unknown, issuer: string, problems: Problems): AccessTokenSettings {
  const given = openOptions('accessToken', options, ['format', 'lifetime', 'audience', 'claims'], problems);
  return {
    format: given.read('format', oneOf('jwt', 'opaque'), 'jwt'),
    lifetime: given.read('lifetime', wholeSeconds(1, LONGEST), 3600),
    audience: [given.read('audience', texts, issuer)].flat(),
    claims: given.optional('claims', aFunction<NonNullable<AccessTokenSettings['claims']>>('(authorization) => object')),
  };
}

function readRefreshToken(options: unknown, problems: Problems): RefreshTokenSettings {
  const given = openOptions('refreshToken', options, ['idleLifetime', 'absoluteLifetime', 'reuseWindow'], problems);
  const absoluteLifetime = given.read('absoluteLifetime', wholeSeconds(1, LONGEST), 90 * DAY);
  return {
    idleLifetime: given.read('idleLifetime', wholeSeconds(1, LONGEST), Math.min(14 * DAY, absoluteLifetime)),
    absoluteLifetime,
    reuseWindow: given.read('reuseWindow', seconds(0, 300), 10),
  };
}

const VERBS = ['createFamily', 'findFamily', 'rotateFamily', 'saveAccessToken', 'findAccessToken', 'revoke', 'revocations'];

/** A store may be of any class: what counts are its verbs. */
function checkStore(store: unknown, problems: Problems): void {
  if (store === undefined) return;
  if (typeof store !== 'object' || store === null || Array.isArray(store)) problems.add('store', store, `a TokenStore: an object with ${VERBS.join(', ')}`);
  else for (const verb of VERBS) checkVerb(store as Readonly<Record<string, unknown>>, verb, problems);
}

function checkVerb(store: Readonly<Record<string, unknown>>, verb: string, problems: Problems): void {
  if (typeof store[verb] !== 'function') problems.add(`store.${verb}`, store[verb], 'a function');
}

/** Reads keys that are to replace those of the option. */
export function readNewKeys(keys: unknown): readonly SigningKey[] {
  const problems = collectProblems('useKeys');
  const read = readSigningKeys(keys, problems);
  problems.throwIfAny();
  return read;
}

function readKeys(keys: unknown, problems: Problems): readonly SigningKey[] | undefined {
  if (keys !== undefined) return readSigningKeys(keys, problems);
  if (inProduction()) problems.add('keys', undefined, 'at least one signing key in production');
  return undefined;
}

const SIGNING_KEY: KeyKind<SigningKey> = { names: ['kid', 'alg', 'privateKey', 'secret'], read: readKey };

const readSigningKeys = (keys: unknown, problems: Problems): readonly SigningKey[] =>
  readKeyList(keys, 'an array of keys, the first of which signs', SIGNING_KEY, problems);
