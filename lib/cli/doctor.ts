import { usageError, type Command, type Terminal } from './command';
import { wellKnownPath } from '../endpoints/metadata';

interface Finding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do about it; only where it is not ok. */
  readonly cure?: string;
}

/** Looks at a running deployment as a client would, and says in words what is wrong. */
export const doctor: Command = {
  summary: 'look at a running deployment and say what is wrong',
  usage: 'doctor ISSUER_URL',
  options: {},
  async run(_values, [issuer, ...more], { fetch: fetcher }) {
    if (issuer === undefined || more.length > 0 || !URL.canParse(issuer)) throw usageError('doctor takes one URL: the issuer');
    const findings = await examine(issuer, fetcher);
    const ok = findings.every((finding) => finding.ok);
    const lines = findings.map(({ ok: fine, what, cure }) => `${fine ? 'ok   ' : 'WRONG'} ${what}${fine || cure === undefined ? '' : `\n      ${cure}`}`);
    return { code: ok ? 0 : 1, json: { ok, findings }, text: lines.join('\n') };
  },
};

async function examine(issuer: string, fetcher: Terminal['fetch']): Promise<readonly Finding[]> {
  const look = async (url: string, init: RequestInit = {}): Promise<Response | undefined> => {
    try {
      return await fetcher(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000), ...init });
    } catch {
      return undefined;
    }
  };
  const place = new URL(wellKnownPath('oauth-authorization-server', issuer), issuer).href;
  const response = await look(place);
  const metadata = await objectOf(response);
  if (metadata === undefined) {
    return [...transport(issuer), no(`no metadata at ${place}`, 'mount the discovery documents at the root: app.use(oauth.wellKnown)')];
  }
  return [
    ...transport(issuer),
    yes(`metadata at ${place}`),
    check(metadata.issuer === issuer, `its issuer is ${JSON.stringify(metadata.issuer)}`, `call doctor with that URL, or correct the option issuer to ${issuer}`),
    clock(response),
    ...(await examineToken(String(metadata.token_endpoint), look)),
    ...(await examineKeys(String(metadata.jwks_uri), look)),
  ];
}

type Look = (url: string, init?: RequestInit) => Promise<Response | undefined>;

async function examineToken(url: string, look: Look): Promise<readonly Finding[]> {
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'grant_type=client_credentials' };
  const refused = await look(url, form);
  if (refused === undefined) return [no(`no answer from the token endpoint ${url}`, 'compare the issuer with where the router is mounted')];
  if (refused.status >= 300 && refused.status < 400) return [no(`${url} redirects`, 'serve the endpoint itself: a redirect loses the credentials, or sends them elsewhere')];
  const body = await objectOf(refused);
  return [
    check(refused.status === 401 && body?.error === 'invalid_client', `a token request without credentials gets ${String(refused.status)}`, 'it should get 401 invalid_client as JSON: is the router mounted there, before other handlers?'),
    check((refused.headers.get('www-authenticate') ?? '').startsWith("Basic "), 'the refusal carries a Basic challenge', 'a proxy strips WWW-Authenticate: let it pass'),
    check((refused.headers.get('cache-control') ?? '').includes('no-store'), 'the answer may not be stored', 'a proxy changes Cache-Control: let no-store pass'),
    check((await look(url))?.status === 405, 'GET is refused', 'the token endpoint takes POST alone'),
  ];
}

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

async function examineKeys(url: string, look: Look): Promise<readonly Finding[]> {
  const keys = (await objectOf(await look(url)))?.keys;
  if (!Array.isArray(keys)) return [no(`no JWKS at ${url}`, 'compare the issuer with where the router is mounted')];
  const leaks = keys.some((key: object) => PRIVATE.some((member) => member in key));
  return [
    check(!leaks, 'the JWKS has public members only', 'a private key is published: replace all keys at once'),
    check(keys.length > 0, `the JWKS has ${String(keys.length)} keys`, 'with secrets alone, resource servers must introspect; add a key pair'),
  ];
}

function transport(issuer: string): readonly Finding[] {
  const { protocol, hostname } = new URL(issuer);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return [check(protocol === 'https:' || local, `the issuer uses ${protocol.slice(0, -1)}`, 'serve it over https')];
}

function clock(response: Response | undefined): Finding {
  const away = Math.abs(Date.parse(response?.headers.get('date') ?? '') - Date.now()) / 1000;
  return check(!(away > 5), 'the clocks agree', `they are ${String(Math.round(away))} s apart: tokens will look expired or from the future`);
}

async function objectOf(response: Response | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = await response?.json();
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const yes = (what: string): Finding => ({ ok: true, what });
const no = (what: string, cure: string): Finding => ({ ok: false, what, cure });
const check = (ok: boolean, what: string, cure: string): Finding => (ok ? yes(what) : no(what, cure));
