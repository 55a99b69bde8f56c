import { refusal, type TokenClientError } from './refusal';

/** How and where a client asks for tokens. */
export interface TokenServer {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** Absent: a public client. */
  readonly clientSecret: string | undefined;
  readonly authMethod: 'client_secret_basic' | 'client_secret_post';
  /** Milliseconds. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

/** What a server answered to a token request (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Seconds from the answer on; absent where the server did not say. */
  readonly expiresIn?: number;
  readonly refreshToken?: string;
  readonly scope?: string;
  readonly idToken?: string;
  /** HTTP status. */
  readonly status: number;
}

type Fields = Readonly<Record<string, string | undefined>>;

/** Sends one form as the client (RFC 6749 §2.3.1, App. B) and gives back the JSON of the answer, or throws what it refused. */
export async function postForm(server: TokenServer, url: string, fields: Fields): Promise<{ readonly status: number; readonly body: Fields }> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value);
  const headers = new Headers({ accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' });
  identify(server, form, headers);
  const response = await send(server, url, { method: 'POST', redirect: 'error', headers, body: form.toString() });
  const body = readObject(await response.text());
  if (!response.ok) throw refusalOf(response, body);
  return { status: response.status, body: body as Fields };
}

function identify({ clientId, clientSecret, authMethod }: TokenServer, form: URLSearchParams, headers: Headers): void {
  if (clientSecret !== undefined && authMethod === 'client_secret_basic') {
    headers.set('authorization', `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`);
    return;
  }
  form.set('client_id', clientId);
  if (clientSecret !== undefined) form.set('client_secret', clientSecret);
}

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);

async function send(server: TokenServer, url: string, init: RequestInit): Promise<Response> {
  try {
    return await server.fetch(url, { ...init, signal: AbortSignal.timeout(server.timeout) });
  } catch (cause) {
    throw refusal('temporarily_unavailable', 'The authorization server did not answer', { cause });
  }
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The server's own words where it is one (RFC 6749 §5.2); a proxy's page has none. */
function refusalOf({ status, headers }: Response, body: Readonly<Record<string, unknown>>): TokenClientError {
  const code = typeof body.error === 'string' && /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/.test(body.error) ? body.error : 'server_error';
  const description = typeof body.error_description === 'string' ? body.error_description : `The authorization server answered ${String(status)}`;
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return refusal(code, description, { status: status < 400 ? 500 : status, ...(seconds >= 0 ? { retryAfter: seconds } : {}) });
}

/** Asks for tokens; an answer without a usable token is a fault of the server. */
export async function requestTokens(server: TokenServer, fields: Fields): Promise<TokenResponse> {
  const { status, body } = await postForm(server, server.tokenEndpoint, fields);
  const { access_token: accessToken, token_type: tokenType, refresh_token: refreshToken, scope, id_token: idToken } = body;
  if (typeof accessToken !== 'string' || accessToken === '' || String(tokenType).toLowerCase() !== 'bearer') {
    throw refusal('server_error', 'The authorization server answered without a bearer token');
  }
  const expiresIn = Number(body.expires_in ?? NaN);
  return {
    accessToken,
    tokenType: String(tokenType),
    ...(expiresIn >= 0 ? { expiresIn } : {}),
    ...(typeof refreshToken === 'string' ? { refreshToken } : {}),
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(typeof idToken === 'string' ? { idToken } : {}),
    status,
  };
}
