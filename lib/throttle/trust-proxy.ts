import type { Request } from 'express';
import { warnOnce } from '../warn';

const OPEN =
  "The app's `trust proxy` is true: every client can choose the address that its failures are counted for, by a header. " +
  'Set it to the addresses of your proxies, or to how many there are: https://expressjs.com/en/guide/behind-proxies.html';
const OFF =
  "A request came with X-Forwarded-For, but the app's `trust proxy` is off: behind a proxy all clients would share one address, and one " +
  "that guesses would be throttled for all. Set it to your proxy's address; without a proxy, this warning means nothing.";

/** Says once each what is usually wrong with `trust proxy`, since `req.ip` is only as good as that setting. */
export function createTrustProxyCheck(): (req: Request) => void {
  let looked = false;
  return (req) => {
    const forwarded = req.headers['x-forwarded-for'] !== undefined;
    if (looked && !forwarded) return;
    looked = true;
    const trust: unknown = req.app.get('trust proxy');
    if (trust === true) warnOnce('OAUTH_TRUST_PROXY_ALL', OPEN);
    else if (forwarded && !trust) warnOnce('OAUTH_TRUST_PROXY_OFF', OFF);
  };
}
