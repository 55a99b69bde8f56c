import { isScope } from '../scopes';
import { isAlg, type Alg } from '../tokens/algorithms';

export type AuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none';

/** A client as the app's `findClient` gives it (RFC 6749 §2). */
export interface Client {
  /** The client identifier; equal to the one that was asked for. */
  readonly id: string;
  /** bcrypt or SHA-256, as `hashSecret` makes them; several while a secret is being replaced. */
  readonly secretHash?: string | readonly string[];
  /** The secret in plain, only for what needs it: an id_token signed with HS256. */
  readonly secret?: string;
  /** A client that cannot keep a secret (RFC 6749 §2.1). It must be said. */
  readonly public?: boolean;
  /** The grant types it may use: `client_credentials`, `password`, `refresh_token`, or one of your own. */
  readonly grants: readonly string[];
  /** The scopes it may ask for. */
  readonly scopes: readonly string[];
  /** What it gets when it asks for none. */
  readonly defaultScopes?: readonly string[];
  /** The resources it may name (RFC 8707), each an absolute URI. */
  readonly audiences?: readonly string[];
  /** The one way in which it authenticates; absent: Basic or body. */
  readonly authMethod?: AuthMethod;
  /** A resource server that may introspect tokens for its `audiences` (RFC 7662). */
  readonly introspection?: boolean;
  /** Seconds; default: `accessToken.lifetime`. */
  readonly accessTokenLifetime?: number;
  /** Seconds from the login to the end of its refresh tokens; default: `refreshToken.absoluteLifetime`, which is also the most. */
  readonly refreshTokenLifetime?: number;
  /** The algorithm of its id_tokens; default: the signing key's. HS256 needs `secret`. */
  readonly idTokenAlg?: Alg;
  /** Refused like an unknown client. */
  readonly disabled?: boolean;
}

/** What `readClient` lets through: a copy whose fields have the types they promise. */
export interface KnownClient extends Client {
  readonly secretHashes: readonly string[];
}

/** bcrypt answers another cost than 4 to 31 at once, and one over 19 not today. */
const HASH = /^(?:\$2[aby]\$(?:0[4-9]|1\d)\$[./A-Za-z0-9]{53}|(?:sha256:)?[0-9a-f]{64})$/;
export const isSecretHash = (value: unknown): value is string => typeof value === 'string' && HASH.test(value);

const strings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
const seconds = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;

interface Field {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
}

const FIELDS: Readonly<Record<string, Field>> = {
  secretHash: { wanted: 'a hash made by hashSecret, or an array of them', fits: (value) => (Array.isArray(value) ? value.every(isSecretHash) : isSecretHash(value)) },
  secret: { wanted: 'a string', fits: (value) => typeof value === 'string' && value !== '' },
  public: { wanted: 'a boolean', fits: (value) => typeof value === 'boolean' },
  scopes: { wanted: 'an array of scope names', fits: (value) => Array.isArray(value) && value.every(isScope) },
  defaultScopes: { wanted: 'an array of scope names', fits: (value) => Array.isArray(value) && value.every(isScope) },
  grants: { wanted: 'an array of grant types', fits: strings },
  audiences: { wanted: 'an array of absolute URIs', fits: strings },
  authMethod: {
    wanted: 'client_secret_basic, client_secret_post or none',
    fits: (value) => value === 'client_secret_basic' || value === 'client_secret_post' || value === 'none',
  },
  introspection: { wanted: 'a boolean', fits: (value) => typeof value === 'boolean' },
  accessTokenLifetime: { wanted: 'a whole number of seconds', fits: seconds },
  refreshTokenLifetime: { wanted: 'a whole number of seconds', fits: seconds },
  idTokenAlg: { wanted: 'an algorithm of RFC 7518 §3.1 other than none', fits: isAlg },
  disabled: { wanted: 'a boolean', fits: (value) => typeof value === 'boolean' },
};
const REQUIRED = ['grants', 'scopes'];
const ALL = Object.entries(FIELDS);

/**
 * Checks what `findClient` answered for `id`, and copies it. Documentation is no guard: a store whose collation folds case
 * finds `App` for `app`, which is nobody.
 */
export function readClient(id: string, found: unknown): KnownClient | undefined {
  if (found === undefined || found === null || found === false) return undefined;
  if (typeof found !== 'object') throw new TypeError(`findClient must answer a client or undefined, not a ${typeof found}`);
  const given = found as Readonly<Record<string, unknown>>;
  if (given.id !== id) {
    if (typeof given.id === 'string') return undefined;
    throw new TypeError('findClient answered a client whose id is not a string');
  }
  const client: Record<string, unknown> = { id };
  for (const [name, field] of ALL) copyField(client, given, name, field);
  return complete(client as unknown as Client);
}

function copyField(client: Record<string, unknown>, given: Readonly<Record<string, unknown>>, name: string, { wanted, fits }: Field): void {
  const value = given[name];
  // A nullable column is an absent field.
  if ((value === undefined || value === null) && !REQUIRED.includes(name)) return;
  // An empty secret is no secret and never authenticates anyone.
  if (value === '' && (name === 'secret' || name === 'secretHash')) return;
  if (!fits(value)) throw new TypeError(`findClient answered a client ${JSON.stringify(given.id)} whose ${name} is not ${wanted}`);
  client[name] = Array.isArray(value) ? (value as unknown[]).slice() : value;
}

function complete(client: Client): KnownClient {
  const { secretHash = [] } = client;
  const secretHashes = typeof secretHash === 'string' ? [secretHash] : secretHash;
  if (client.public === true && (secretHashes.length > 0 || client.secret !== undefined)) {
    throw new TypeError(`findClient answered a client ${JSON.stringify(client.id)} that is public and has a secret: it can be one of them`);
  }
  return Object.assign(client, { secretHashes });
}
