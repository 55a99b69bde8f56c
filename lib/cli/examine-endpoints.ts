import { check, no, yes, type Finding } from './finding';
import { objectOf, type Look } from './look';

/** Looks at the endpoints that the metadata names. */
export async function examineEndpoints(metadata: Readonly<Record<string, unknown>>, look: Look): Promise<readonly Finding[]> {
  return [...(await examineToken(String(metadata.token_endpoint), look)), ...(await examineKeys(String(metadata.jwks_uri), look))];
}

const MOUNT = 'compare the issuer with where the router is mounted';

async function examineToken(url: string, look: Look): Promise<readonly Finding[]> {
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=client_credentials' };
  const seen = await look(url, form);
  if (seen.response === undefined) return [no(`no answer from the token endpoint ${url}: ${seen.why}`, `${seen.cure}; ${MOUNT}`)];
  const { status, headers } = seen.response;
  if (status >= 300 && status < 400) return [no(`${url} redirects`, 'serve the endpoint itself: a redirect loses the credentials, or sends them elsewhere')];
  if (status === 429 || status === 503) return [no(`the token endpoint answers ${String(status)}`, `try again later${retry(headers)}; a 503 that stays has its cause in the fault event`)];
  const body = await objectOf(seen.response);
  const isRefusal = status === 401 && body?.error === 'invalid_client';
  if (!isRefusal) return [no(`a token request without credentials gets ${String(status)}`, 'it should get 401 invalid_client as JSON: is the router mounted there, before other handlers?')];
  return [yes('a token request without credentials gets 401 invalid_client'), ...refusalHeaders(headers), await refusesGet(url, look)];
}

const retry = (headers: Headers): string => (headers.has('retry-after') ? `, in ${String(headers.get('retry-after'))} s` : '');

function refusalHeaders(headers: Headers): readonly Finding[] {
  const [challenge, caching, type] = ['www-authenticate', 'cache-control', 'content-type'].map((name) => headers.get(name) ?? '');
  const said = (value: string | undefined, right: string, wrong: string): string => (value === '' || value === undefined ? `${wrong} is missing` : `${right}: ${value}`);
  return [
    check(/^basic /i.test(challenge ?? ''), said(challenge, 'the refusal carries a challenge', 'the WWW-Authenticate header of the refusal'), 'it should be Basic: a proxy strips or changes WWW-Authenticate; let it pass'),
    check((caching ?? '').includes('no-store'), said(caching, 'caches are told', 'the Cache-Control header'), 'a proxy changes Cache-Control: let no-store pass, or caches keep tokens'),
    check((type ?? '').startsWith('application/json'), said(type, 'the answer is', 'the Content-Type header'), 'it should be application/json: something between rewrites answers'),
  ];
}

async function refusesGet(url: string, look: Look): Promise<Finding> {
  const { response } = await look(url);
  return check(response?.status === 405, `GET gets ${String(response?.status ?? 'no answer')}`, 'the token endpoint takes POST alone, so that no password stands in a URL: something else answers there');
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

async function examineKeys(url: string, look: Look): Promise<readonly Finding[]> {
  const keys = (await objectOf((await look(url)).response))?.keys;
  if (!Array.isArray(keys)) return [no(`no JWKS at ${url}`, MOUNT)];
  const isKey = (key: unknown): key is object => typeof key === 'object' && key !== null;
  const leaks = keys.some((key) => isKey(key) && PRIVATE.some((member) => member in key));
  return [
    check(!leaks, leaks ? 'the JWKS has private members' : 'the JWKS has public members only', 'a private key is published: replace all keys at once'),
    check(keys.length > 0, `the JWKS has ${String(keys.length)} ${keys.length === 1 ? 'key' : 'keys'}`, 'with secrets alone, resource servers must introspect; add a key pair'),
  ];
}
