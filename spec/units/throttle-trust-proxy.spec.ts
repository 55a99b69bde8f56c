import type { Request } from 'express';
import { createTrustProxyCheck } from '../../lib/throttle/trust-proxy';

describe('what is usually wrong with trust proxy', () => {
  const said: { readonly text: string; readonly code: unknown }[] = [];
  let looks = 0;
  const from = (trust: unknown, headers: object = {}): Request =>
    ({ headers, app: { get: (name: string) => { looks += 1; return name === 'trust proxy' ? trust : 'another setting'; } } }) as unknown as Request;
  const forwarded = { 'x-forwarded-for': '192.0.2.1' };

  beforeAll(() => {
    jest.spyOn(process, 'emitWarning').mockImplementation((text, options) => { said.push({ text: String(text), code: (options as { code?: unknown }).code }); });
  });
  afterAll(() => { jest.restoreAllMocks(); });
  beforeEach(() => { looks = 0; });

  it.each([[undefined, {}], [false, {}], ['loopback', forwarded], [1, forwarded], [() => true, forwarded]])('is nothing where it is %p and the headers are %p', (trust, headers) => {
    createTrustProxyCheck()(from(trust, headers));
    expect([said, looks]).toEqual([[], 1]);
  });

  it('is looked for once, and again wherever a request was forwarded', () => {
    const check = createTrustProxyCheck();
    check(from(1));
    check(from(1));
    expect(looks).toBe(1);
    check(from(1, forwarded));
    expect([said, looks]).toEqual([[], 2]);
  });

  it('is told once each, with the cure', () => {
    const off = [
      "A request came with X-Forwarded-For, but the app's `trust proxy` is off: behind a proxy all clients would share one address, and one",
      "that guesses would be throttled for all. Set it to your proxy's address; without a proxy, this warning means nothing.",
    ].join(' ');
    const open = [
      "The app's `trust proxy` is true: every client can choose the address that its failures are counted for, by a header.",
      'Set it to the addresses of your proxies, or to how many there are: https://expressjs.com/en/guide/behind-proxies.html',
    ].join(' ');
    for (const trust of [false, undefined, 0, '']) {
      createTrustProxyCheck()(from(trust, forwarded));
      expect(said).toEqual([{ text: off, code: 'OAUTH_TRUST_PROXY_OFF' }]);
    }
    for (const headers of [{}, forwarded]) createTrustProxyCheck()(from(true, headers));
    expect(said.slice(1)).toEqual([{ text: open, code: 'OAUTH_TRUST_PROXY_ALL' }]);
  });
});
