import type { Awaitable } from '../awaitable';
import { OAuthError, unavailable } from '../errors';
import type { Json } from '../tokens/jws';
import type { Deadlines } from './deadlines';
import { fetchJson } from './fetch-json';
import { createRespite } from './respite';

/** Bytes that the answer about one token may have. */
const ANSWER_LIMIT = 32 * 1024;
/** Requests to the issuer at the same time; who comes on top of them is told to come again. */
const MOST_UNDER_WAY = 256;

/** Answers to one token that the issuer does not like, or does not want to hear more of the kind: others must not wait for it. */
const ABOUT_THIS_TOKEN = [400, 413, 429];

/** What the issuer says of a token (RFC 7662 §2.2), unread. Rejects with a 503 where it says nothing that can be understood. */
export type Introspect = (token: string) => Promise<Json>;

interface Parts {
  readonly endpoint: () => Awaitable<string>;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly deadlines: Deadlines;
}

export function createIntrospect({ endpoint, clientId, clientSecret, deadlines }: Parts): Introspect {
  const respite = createRespite();
  const headers = { Authorization: basicCredentials(clientId, clientSecret) };
  let underWay = 0;

  const ask = (token: string): Promise<Json> =>
    deadlines.within('The introspection endpoint', async (signal) => {
      const url = await endpoint();
      const { status, json } = await fetchJson({ url, signal, headers, limit: ANSWER_LIMIT, form: { token, token_type_hint: 'access_token' } });
      if (json !== undefined) return json;
      const hint = status === 401 ? ': are clientId and clientSecret right?' : '';
      const refused = new Error(`${url} answered ${String(status)}${hint}`);
      throw ABOUT_THIS_TOKEN.includes(status) ? unavailable(refused) : refused;
    });

  return async (token) => {
    const failed = respite.reason();
    if (failed) throw failed;
    if (underWay >= MOST_UNDER_WAY) throw unavailable(new Error('too many introspection requests at the same time'));
    underWay += 1;
    try {
      return await ask(token);
    } catch (cause) {
      throw cause instanceof OAuthError ? cause : respite.begin(cause);
    } finally {
      underWay -= 1;
    }
  };
}

/** RFC 6749 §2.3.1: both halves form-encoded before they are joined. */
function basicCredentials(id: string, secret: string): string {
  const pair = `${formEncode(id)}:${formEncode(secret)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

const formEncode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
