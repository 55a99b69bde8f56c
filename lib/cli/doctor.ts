import { wellKnownPath } from '../endpoints/metadata';
import { usageError, type Command } from './command';
import { examineEndpoints } from './examine-endpoints';
import { check, inWords, no, yes, type Finding } from './finding';
import { createLook, objectOf, type Look } from './look';

/** Looks at a running deployment as a client would, and says in words what is wrong. */
export const doctor: Command = {
  summary: 'look at a running deployment and say what is wrong',
  usage: 'doctor ISSUER_URL',
  options: {},
  operand: 'URL: the issuer',
  async run(_values, issuer, { fetch: fetcher }) {
    if (issuer === undefined || !/^https?:/i.test(issuer) || !URL.canParse(issuer)) throw usageError('doctor takes one URL: the issuer');
    const findings = await examine(issuer, createLook(fetcher));
    const ok = findings.every((finding) => finding.ok);
    return { code: ok ? 0 : 1, json: { ok, findings }, text: inWords(findings) };
  },
};

const AT_ROOT = 'mount the discovery documents at the root: app.use(oauth.wellKnown)';

async function examine(issuer: string, look: Look): Promise<readonly Finding[]> {
  const place = new URL(wellKnownPath('oauth-authorization-server', issuer), issuer).href;
  const seen = await look(place);
  const found = [transport(issuer)];
  if (seen.response === undefined) return [...found, no(`no metadata at ${place}: ${seen.why}`, seen.cure)];
  const metadata = await objectOf(seen.response);
  if (metadata !== undefined && seen.response.ok) {
    return [...found, yes(`metadata at ${place}`), sameIssuer(metadata, issuer), clock(seen.response), ...(await examineEndpoints(metadata, look))];
  }
  found.push(no(`no metadata at ${place}: status ${String(seen.response.status)}`, AT_ROOT));
  // The router has them a second time: where it is mounted.
  const below = await objectOf((await look(`${issuer.replace(/\/$/, '')}/.well-known/oauth-authorization-server`)).response);
  if (below?.token_endpoint === undefined) return [...found, no(`nothing of the router at ${issuer}`, 'mount it there: app.use(path, oauth); or call doctor with the issuer as it stands in the options')];
  return [...found, sameIssuer(below, issuer), clock(seen.response), ...(await examineEndpoints(below, look))];
}

const sameIssuer = ({ issuer: named }: Readonly<Record<string, unknown>>, issuer: string): Finding =>
  check(named === issuer, `its issuer is ${JSON.stringify(named)}`, `call doctor with that URL, or correct the option issuer to ${issuer}`);

function transport(issuer: string): Finding {
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'https:') return yes('the issuer uses https');
  const local = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  return check(local, local ? 'the issuer uses http, on this machine alone' : 'the issuer uses http', 'serve it over https');
}

function clock({ headers }: Response): Finding {
  const away = Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()) / 1000;
  if (Number.isNaN(away)) return yes('it sends no Date: compare the clocks yourself');
  return check(away <= 5, away <= 5 ? 'the clocks agree' : 'the clocks do not agree', `they are ${String(Math.round(away))} s apart, and tokens will look expired or from the future: let NTP set both`);
}
