import { collectProblems, openOptions, type Check } from '../options/check';
import { aFunction, issuerUrl, oneOf, safeUrl, seconds } from '../options/checks';
import { discoverEndpoints, type Endpoints } from './discovery';

/** What `TokenClient` takes: where the server is, and who asks. */
export interface TokenClientOptions {
  /** The issuer: its endpoints are looked up in its metadata (RFC 8414). */
  readonly issuer?: string;
  /** Instead of `issuer`: the URL of the token endpoint. */
  readonly tokenEndpoint?: string;
  /** With `tokenEndpoint`: the URL of the revocation endpoint, if `revoke` is used. */
  readonly revocationEndpoint?: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret?: string;
  /** What to ask for where a call does not say. */
  readonly scope?: string;
  /** Default `client_secret_basic`. */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post';
  /** Seconds that the authorization server may take; default 10. */
  readonly timeout?: number;
  /** Another `fetch`, for a proxy or a test. */
  readonly fetch?: typeof fetch;
}

export interface TokenClientSettings {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string | undefined;
  readonly authMethod: 'client_secret_basic' | 'client_secret_post';
  /** Milliseconds. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
  /** Asked once it has answered; a failure is asked again. */
  endpoints(): Promise<Endpoints>;
}

const NAMES = ['issuer', 'tokenEndpoint', 'revocationEndpoint', 'clientId', 'clientSecret', 'scope', 'authMethod', 'timeout', 'fetch'];

const text: Check<string> = { wanted: 'a text that is not empty', fits: (value): value is string => typeof value === 'string' && value !== '' };

export function readClientOptions(options: TokenClientOptions): TokenClientSettings {
  const problems = collectProblems('TokenClient');
  const given = openOptions('', options, NAMES, problems);
  const issuer = given.optional('issuer', issuerUrl);
  const token = given.optional('tokenEndpoint', safeUrl);
  const revocation = given.optional('revocationEndpoint', safeUrl);
  const settings = {
    clientId: given.required('clientId', text) ?? '',
    clientSecret: given.optional('clientSecret', text),
    scope: given.optional('scope', text),
    authMethod: given.read('authMethod', oneOf('client_secret_basic', 'client_secret_post'), 'client_secret_basic'),
    timeout: given.read('timeout', seconds(0.01, 300), 10) * 1000,
    fetch: given.read('fetch', aFunction<typeof fetch>('like fetch'), (input, init) => fetch(input, init)),
  };
  if ((options as Partial<TokenClientOptions> | undefined)?.issuer === undefined && token === undefined) {
    problems.add('issuer', undefined, 'the issuer, or tokenEndpoint in its place');
  }
  problems.throwIfAny();
  if (token !== undefined) return { ...settings, endpoints: () => Promise.resolve({ token, revocation }) };
  return { ...settings, endpoints: discoverEndpoints(issuer ?? '', settings.fetch, settings.timeout) };
}
