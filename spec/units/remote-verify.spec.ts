import type { OAuthError } from '../../lib/errors';
import { givenKeys, type KeySet } from '../../lib/remote/remote-keys';
import { createRespite } from '../../lib/remote/respite';
import { LATE } from '../../lib/remote/verify';
import { createIntrospectionVerifier } from '../../lib/remote/verify-by-introspection';
import { createKeyVerifier } from '../../lib/remote/verify-by-keys';
import { toClaims } from '../../lib/tokens/claims';
import type { Json } from '../../lib/tokens/jws';
import { signJwt } from '../../lib/tokens/jws';
import { generateKey } from '../../lib/tokens/keys';
import { holdTime } from '../support/clock';

const ISSUER = 'https://auth.example';
const now = 1_800_000_000;

let elapsed = 0;
beforeEach(() => {
  elapsed = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => elapsed);
  holdTime(now * 1000);
});
afterEach(() => { jest.restoreAllMocks(); });

describe('the respite of one that failed', () => {
  it('is a second, in which all hear of the same failure', () => {
    const respite = createRespite();
    const cause = new Error('away');
    expect(respite.reason()).toBeUndefined();
    const said = [respite.begin(cause), respite.reason()];
    elapsed += 999;
    said.push(respite.reason());
    for (const error of said) expect(error).toMatchObject({ status: 503, retryAfter: 1, cause } satisfies Partial<OAuthError>);
    elapsed += 1;
    expect(respite.reason()).toBeUndefined();
  });
});

describe('a token that the issuer is asked about', () => {
  const good: Json = { active: true, sub: 'C1', aud: 'files', client_id: 'C1', iat: now, exp: now + 600, jti: 'one' };
  const verifier = (answer: () => Json, cacheFor = 30): { verify: ReturnType<typeof createIntrospectionVerifier>; asked: string[] } => {
    const asked: string[] = [];
    const introspect = async (token: string): Promise<Json> => {
      asked.push(token);
      return Promise.resolve(answer());
    };
    return { asked, verify: createIntrospectionVerifier({ issuer: ISSUER, audience: ['files', 'photos'], introspect, cacheFor }) };
  };

  it('is believed for so long, and then asked about again', async () => {
    const { verify, asked } = verifier(() => ({ ...good }));
    const found = await verify('one');
    expect(found).toMatchObject({ id: 'one', audience: ['files'] });
    elapsed += 29_999;
    expect(verify('one')).toBe(found);
    elapsed += 1;
    await verify('one');
    await verify('another');
    expect(asked).toEqual(['one', 'one', 'another']);
  });

  it('is believed from when the question was asked', async () => {
    const { verify, asked } = verifier(() => { elapsed += 30_000; return { ...good }; });
    await verify('one');
    await verify('one');
    expect(asked).toHaveLength(2);
  });

  it('is never believed past its end', async () => {
    const { verify, asked } = verifier(() => ({ ...good, exp: now + 10 }), 300);
    await verify('one');
    holdTime((now + 10) * 1000);
    await verify('one');
    expect(asked).toHaveLength(2);
  });

  it('is asked about once, however many wait', async () => {
    const { verify, asked } = verifier(() => ({ ...good }));
    const both = await Promise.all([verify('one'), verify('one'), verify('another')]);
    expect([asked, both[0] === both[1]]).toEqual([['one', 'another'], true]);
  });

  it('is asked about by everyone where nothing is believed', async () => {
    const { verify, asked } = verifier(() => ({ ...good }), 0);
    await Promise.all([verify('one'), verify('one')]);
    await verify('one');
    expect(asked).toHaveLength(3);
  });

  it('is asked about again after a failure', async () => {
    let failing = true;
    const { verify } = verifier(() => {
      if (failing) throw new Error('away');
      return { ...good };
    });
    await expect(verify('one')).rejects.toThrow('away');
    failing = false;
    expect(await verify('one')).toMatchObject({ id: 'one' });
  });

  it.each<[string, Json]>([
    ['it is not active', { active: false }],
    ['it is of another type', { token_type: 'DPoP' }],
    ['its type is no text', { token_type: ['Bearer'] }],
    ['it is another issuer’s', { iss: 'https://auth.example/' }],
    ['it is meant for another', { aud: 'mail' }],
    ['it is over', { iat: now - 600, exp: now - LATE }],
    ['a claim is missing', { jti: undefined }],
  ])('is no good where %s, and is asked about each time', async (_why, wrong) => {
    const { verify, asked } = verifier(() => ({ ...good, ...wrong }));
    expect(await verify('one')).toBeUndefined();
    expect(await verify('one')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it.each<[Json]>([[{ token_type: 'bearer' }], [{ token_type: 'BEARER' }], [{ iss: ISSUER }], [{ aud: ['mail', 'photos'] }], [{ iat: now - 600, exp: now - LATE + 1 }]])('is good where the answer says %j', async (also) => {
    expect(await verifier(() => ({ ...good, ...also })).verify('one')).toMatchObject({ id: 'one' });
  });

  it.each([[undefined], ['true'], [1], [null]])('is not known to be good where active is %p', async (active) => {
    const answer = verifier(() => ({ ...good, active })).verify('one');
    await expect(answer).rejects.toMatchObject({ status: 503, cause: new Error('the introspection answer has an active that is neither true nor false') });
  });
});

describe('a token that is verified by keys', () => {
  const ring = (): { readonly keys: KeySet; sign(claims?: Json, issuer?: string): string } => {
    const key = generateKey();
    const sign = (claims: Json = {}, issuer = ISSUER): string =>
      signJwt({ ...toClaims({ clientId: 'C1', scopes: [], audience: ['files'] }, { id: 'one', issuer, issuedAt: now, expiresAt: now + 600 }), ...claims }, 'at+jwt', key) as string;
    return { keys: [key], sign };
  };

  it('is good with a key of the issuer, for this audience, in its time', () => {
    const { keys, sign } = ring();
    const verify = createKeyVerifier({ issuer: ISSUER, audience: ['files'], keys: givenKeys(keys) });
    const token = sign();
    const found = verify(token);
    expect(found).toMatchObject({ id: 'one' });
    expect(verify(token)).toBe(found);
    for (const other of [sign({}, 'https://other.example'), sign({ aud: 'mail' }), sign({ exp: now - LATE, iat: now - 600 }), ring().sign(), 'x', '']) {
      expect(verify(other)).toBeUndefined();
      expect(verify(other)).toBeUndefined();
    }
    expect(verify(sign({ exp: now - LATE + 1, iat: now - 600 }))).toMatchObject({ id: 'one' });
    holdTime((now + 600 + LATE) * 1000);
    expect(verify(token)).toBeUndefined();
  });

  it('is remembered no longer than its key is there', () => {
    const { keys, sign } = ring();
    let set = keys;
    const looked: unknown[] = [];
    const verify = createKeyVerifier({ issuer: ISSUER, audience: ['files'], keys: { all: () => set, holding: (kid) => { looked.push(kid); return set; } } });
    const token = sign();
    const found = verify(token);
    expect([verify(token) === found, looked]).toEqual([true, [keys[0]?.kid]]);
    set = [];
    expect([verify(token), looked.length]).toEqual([undefined, 2]);
    set = keys;
    expect([verify(token) === found, looked.length]).toEqual([true, 2]);
  });
});
