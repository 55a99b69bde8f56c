import { createIntrospectionVerifier } from '../../lib/remote/verify-by-introspection';
import { createDeadlines } from '../../lib/remote/deadlines';
import { createIntrospect } from '../../lib/remote/introspect';
import { endpointOf } from '../../lib/remote/metadata';

describe('what a resource server knows of its issuer', () => {
  it('BR-22 remembers a bounded number of tokens, however many come', async () => {
    const iat = Math.floor(Date.now() / 1000);
    const answer = { active: true, sub: 'user-1', aud: 'files', client_id: 'C1', iat, exp: iat + 600, jti: 'one' };
    let asked = 0;
    const introspect = (): Promise<typeof answer> => {
      asked += 1;
      return Promise.resolve(answer);
    };
    const verify = createIntrospectionVerifier({ issuer: 'https://auth.example', audience: ['files'], introspect, cacheFor: 300 });
    const most = 100_000;
    let found = 0;
    for (let i = 0; i < most; i += 1) if (await verify(`token-${String(i)}`)) found += 1;
    expect(found).toBe(most);
    expect(asked).toBe(most);
    // From the newest back, so that looking makes none of them newer.
    let remembered = 0;
    while (!(verify(`token-${String(most - 1 - remembered)}`) instanceof Promise)) remembered += 1;
    expect(remembered).toBeGreaterThan(1000);
    expect(remembered).toBeLessThanOrEqual(10_000);
  });

  it('BR-23 asks about no more than 256 tokens at the same time', async () => {
    const deadlines = createDeadlines(300);
    let asked = 0;
    const endpoint = (): Promise<string> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const introspect = createIntrospect({ endpoint, clientId: 'RS1', clientSecret: 'secret', deadlines });
    for (let i = 0; i < 256; i += 1) introspect(`token-${String(i)}`).catch(() => undefined);
    await expect(introspect('one more')).rejects.toMatchObject({ status: 503, retryAfter: 2 });
    expect(asked).toBe(256);
    deadlines.close();
  });

  it('JK-09 is not sent from https to http, not even on this machine', () => {
    const metadata = { jwks_uri: 'http://127.0.0.1:3000/jwks' };
    expect(() => endpointOf(metadata, 'jwks_uri', 'https://auth.example')).toThrow('without https');
    expect(endpointOf(metadata, 'jwks_uri', 'http://localhost:3000')).toBe(metadata.jwks_uri);
  });
});
