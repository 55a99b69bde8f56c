import { wellKnownPath } from '../endpoints/metadata';
import { refusal } from './refusal';

export interface Endpoints {
  readonly token: string;
  readonly revocation: string | undefined;
}

/** Looks the endpoints of an issuer up (RFC 8414 §3), where most servers have them or where OpenID Connect puts them; once. */
export function discoverEndpoints(issuer: string, fetcher: typeof fetch, timeout: number): () => Promise<Endpoints> {
  const places = [
    new URL(wellKnownPath('oauth-authorization-server', issuer), issuer).href,
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  ];
  const look = async (): Promise<Endpoints> => {
    for (const place of places) {
      const found = await read(await fetcher(place, { redirect: 'error', signal: AbortSignal.timeout(timeout) }), issuer);
      if (found !== undefined) return found;
    }
    throw new Error(`${issuer} has no metadata at ${places.join(' or ')}`);
  };
  let known: Promise<Endpoints> | undefined;
  return () => {
    known ??= look().catch((cause: unknown) => {
      known = undefined;
      throw refusal('temporarily_unavailable', 'The metadata of the authorization server could not be read', { cause });
    });
    return known;
  };
}

async function read(response: Response, issuer: string): Promise<Endpoints | undefined> {
  if (!response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const { issuer: named, token_endpoint: token, revocation_endpoint: revocation } = (await response.json()) as Readonly<Record<string, unknown>>;
  // RFC 8414 §3.3: what another issuer says of itself must not be used.
  if (named !== issuer) throw new Error(`the metadata names the issuer ${JSON.stringify(named)}, not ${JSON.stringify(issuer)}`);
  if (typeof token !== 'string') throw new Error('the metadata names no token endpoint');
  return { token, revocation: typeof revocation === 'string' ? revocation : undefined };
}
