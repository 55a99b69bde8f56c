import { hold, type Held } from './held';
import { readClientOptions, type TokenClientOptions } from './options';
import { refusal, type TokenClientError } from './refusal';
import { postForm, requestTokens, type TokenResponse, type TokenServer } from './token-request';

/** Asks for tokens, keeps them until shortly before they expire, and carries them to an API. */
export interface TokenClient {
  /** A token for the client itself (RFC 6749 §4.4): the one it has, while it lasts. */
  clientCredentials(request?: ClientCredentialsRequest): Promise<TokenResponse>;
  /** Logs a user in (RFC 6749 §4.3). The password is sent once and not kept. From here on the client acts for this user. */
  password(request: PasswordRequest): Promise<TokenResponse>;
  /** The next tokens of the user's session (RFC 6749 §6), or of the session that `refreshToken` belongs to. */
  refresh(refreshToken?: string): Promise<TokenResponse>;
  /**
   * Ends the user's session at the server (RFC 7009) and forgets its tokens; where nobody has logged in, the client's own tokens;
   * or the token given.
   */
  revoke(token?: string): Promise<void>;
  /** `fetch` with the token: refreshed before it expires, and once after a 401. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
}

export interface ClientCredentialsRequest {
  readonly scope?: string | readonly string[];
  readonly resource?: string;
}

export interface PasswordRequest extends ClientCredentialsRequest {
  readonly username: string;
  readonly password: string;
}

/** Makes a client; `new TokenClient(options)` is the same. Throws a `TypeError` that lists what is wrong with the options. */
export function createTokenClient(given: TokenClientOptions): TokenClient {
  const options = readClientOptions(given);
  const own = new Map<string, Held>();
  const underWay = new Map<string, Promise<TokenResponse>>();
  let session: Held | undefined;
  /** Whether a user logged in: who has logged out must not go on as the client itself. */
  let actsForUser = false;

  /** One request however many wait for its answer. */
  const once = (key: string, ask: () => Promise<TokenResponse>): Promise<TokenResponse> => {
    const waiting = underWay.get(key);
    if (waiting !== undefined) return waiting;
    const answer = ask().finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
  const server = async (): Promise<TokenServer> => ({ ...options, tokenEndpoint: (await options.endpoints()).token });

  const clientCredentials = async (request: ClientCredentialsRequest = {}, rejected?: string): Promise<TokenResponse> => {
    const fields = { scope: scopeText(request.scope ?? options.scope), resource: request.resource };
    const key = JSON.stringify(fields);
    const held = own.get(key);
    if (held !== undefined && Date.now() < held.renewAt && held.tokens.accessToken !== rejected) return held.tokens;
    return once(key, async () => {
      const tokens = await requestTokens(await server(), { grant_type: 'client_credentials', ...fields });
      own.set(key, hold(tokens));
      return tokens;
    });
  };
  const password = async ({ scope, ...request }: PasswordRequest): Promise<TokenResponse> => {
    const tokens = await requestTokens(await server(), { grant_type: 'password', ...request, scope: scopeText(scope ?? options.scope) });
    session = hold(tokens);
    actsForUser = true;
    return tokens;
  };
  const refresh = async (refreshToken = session?.tokens.refreshToken): Promise<TokenResponse> => {
    if (refreshToken === undefined) throw logInFirst();
    return once(`refresh ${refreshToken}`, async () => {
      const before = session;
      const tokens = await requestTokens(await server(), { grant_type: 'refresh_token', refresh_token: refreshToken });
      // A server that does not rotate leaves the refresh token out (RFC 6749 §6): the old one goes on.
      const kept = { refreshToken, ...tokens };
      if (session === before) session = hold(kept);
      actsForUser = true;
      return kept;
    });
  };
  const revoke = async (token?: string): Promise<void> => {
    const held = session === undefined ? [...own.values()].map(({ tokens }) => tokens.accessToken) : [session.tokens.refreshToken ?? session.tokens.accessToken];
    const meant = token === undefined ? held : [token];
    if (meant.length === 0) return;
    const { revocation } = await options.endpoints();
    if (revocation === undefined) throw new TypeError('TokenClient: the server names no revocation endpoint; set revocationEndpoint');
    for (const one of meant) {
      await postForm(await server(), revocation, { token: one });
      if (one === session?.tokens.refreshToken || one === session?.tokens.accessToken) session = undefined;
      for (const [key, { tokens }] of own) if (tokens.accessToken === one) own.delete(key);
    }
  };
  /** A token to send: another one than the server has just rejected. */
  const current = async (rejected?: string): Promise<string> => {
    if (session === undefined && actsForUser) throw logInFirst();
    if (session === undefined) return (await clientCredentials({}, rejected)).accessToken;
    const { tokens, renewAt } = session;
    const isDue = tokens.accessToken === rejected || (Date.now() >= renewAt && tokens.refreshToken !== undefined);
    return isDue ? (await refresh()).accessToken : tokens.accessToken;
  };
  const send = async (token: string, input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set('authorization', `Bearer ${token}`);
    // A request can be sent once: its copy goes, and it stays for a second time.
    return options.fetch(input instanceof Request ? input.clone() : input, { ...init, headers });
  };
  const canRenew = (): boolean => session === undefined || session.tokens.refreshToken !== undefined;

  return {
    clientCredentials: (request) => {
      if (session === undefined) actsForUser = false;
      return clientCredentials(request);
    },
    password,
    refresh,
    revoke,
    async fetch(input, init) {
      const token = await current();
      const first = await send(token, input, init);
      // A body that is a stream has been sent and cannot be sent again.
      if (first.status !== 401 || init?.body instanceof ReadableStream || !canRenew()) return first;
      await first.body?.cancel();
      return send(await current(token), input, init);
    },
  };
}

const logInFirst = (): TokenClientError => refusal('invalid_grant', 'There is no refresh token: log in first');

const scopeText = (scope: string | readonly string[] | undefined): string | undefined => (typeof scope === 'string' ? scope : scope?.join(' '));
