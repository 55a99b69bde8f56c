import { createAsk } from '../../lib/ask';
import { memoryStore } from '../../lib/stores/memory';
import type { Family, Rotation } from '../../lib/stores/store';
import { hashToken } from '../../lib/tokens/hash';
import { createRefreshTokens, type ActiveToken, type RefreshTokens } from '../../lib/tokens/refresh-tokens';
import type { RevocationTarget } from '../../lib/tokens/revocable';
import { createRevocations, type Revocations } from '../../lib/tokens/revocations';
import { holdTime, passTime } from '../support/clock';
import { messageOf, outcome } from '../support/outcome';

const ask = createAsk(5);
const ISSUER = 'https://i.example';
const calm: Revocations = createRevocations({ revoke: () => undefined, revocations: () => ({ revocations: [], cursor: 'c' }) }, ask);

describe('refresh tokens', () => {
  const authorization = { clientId: 'C', userId: 'U', scopes: ['a'], audience: ['x'], authTime: 5 };
  const invalid = expect.objectContaining({ code: 'invalid_grant', description: 'The refresh token is not valid' });
  interface Made {
    readonly tokens: RefreshTokens;
    readonly store: ReturnType<typeof memoryStore>;
    readonly revocations: Revocations;
    readonly families: Family[];
    readonly rotations: Rotation[];
    /** Ids of the families that were looked up. */
    readonly found: string[];
  }
  const made: { close?: () => unknown }[] = [];
  afterEach(async () => { for (const one of made.splice(0)) await one.close?.(); });
  const make = (settings: object = {}, issuer = ISSUER, shared?: Made['store']): Made => {
    const store = shared ?? memoryStore();
    made.push(store);
    const [families, rotations, found]: [Family[], Rotation[], string[]] = [[], [], []];
    const revocations = createRevocations(store, ask);
    const tokens = createRefreshTokens({
      issuer, ask, askToRotate: ask, revocations, settings: { idleLifetime: 100, absoluteLifetime: 1000, reuseWindow: 10, ...settings },
      store: {
        createFamily: (family) => { families.push(family); return store.createFamily(family); },
        findFamily: (id) => { found.push(id); return store.findFamily(id); },
        rotateFamily: (id, rotation) => { rotations.push(rotation); return store.rotateFamily(id, rotation); },
      },
    });
    return { tokens, store, revocations, families, rotations, found };
  };
  const start = async ({ tokens }: Made, session = 1000, given: object = authorization): Promise<string> => {
    const prepared = tokens.start(given as never, { access: 60, session }, Date.now());
    await prepared.save();
    expect(prepared.token.startsWith(`${prepared.familyId}.`)).toBe(true);
    return prepared.token;
  };
  const stateOf = async ({ tokens }: Made, token: string): Promise<string> => (await tokens.look(token)).state;
  const lookAt = async ({ tokens }: Made, token: string): Promise<ActiveToken> => (await tokens.look(token)) as ActiveToken;
  const familyOf = async (at: Made, token: string): Promise<Family> => (await lookAt(at, token)).family;
  const succeed = async (at: Made, token: string, end: () => void = () => undefined): Promise<string> => {
    const prepared = at.tokens.succeed(await lookAt(at, token), token, end);
    await prepared.save();
    expect(prepared.familyId).toBe(token.split('.')[0]);
    return prepared.token;
  };

  it('begin a family that holds their hash and what was authorized', async () => {
    const at = make();
    holdTime(1e12);
    const token = await start(at);
    expect(token).toMatch(/^[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{56}$/);
    expect(at.families).toStrictEqual([{
      ...authorization, id: token.slice(0, 32), secret: expect.stringMatching(/^[A-Za-z0-9_-]{32}$/), accessLifetime: 60,
      expiresAt: 1e12 + 1_000_000, current: hashToken(token), idleExpiresAt: 1e12 + 100_000,
    }]);
    await start(at, 50, { clientId: 'C', scopes: [], audience: ['x'] });
    expect(at.families[1]).toStrictEqual({
      clientId: 'C', scopes: [], audience: ['x'], id: expect.any(String), secret: expect.any(String), accessLifetime: 60,
      expiresAt: 1e12 + 50_000, current: expect.any(String), idleExpiresAt: 1e12 + 50_000,
    });
    expect(await stateOf(at, token)).toBe('active');
    expect(await familyOf(at, token)).toMatchObject({ ...authorization, id: token.slice(0, 32) });
  });

  it('are replaced, come back within the window for the same successor, and are spent after it', async () => {
    const at = make();
    holdTime(1e12);
    const first = await start(at);
    const second = await succeed(at, first);
    expect(second).not.toBe(first);
    expect(at.rotations).toEqual([{ presented: hashToken(first), successor: hashToken(second), at: 1e12, reuseWindow: 10_000, idleExpiresAt: 1e12 + 100_000 }]);
    holdTime(1e12 + 9999);
    expect([await stateOf(at, first), await stateOf(at, second)]).toEqual(['active', 'active']);
    expect(await succeed(at, first)).toBe(second);
    holdTime(1e12 + 10_000);
    expect([await stateOf(at, first), await stateOf(at, second)]).toEqual(['spent', 'active']);
  });

  it('end their family where they turn out spent only when the successor is saved', async () => {
    const at = make({ reuseWindow: 0 });
    const first = await start(at);
    const found = await lookAt(at, first);
    await succeed(at, first);
    const ended: string[] = [];
    expect(await outcome(() => at.tokens.succeed(found, first, () => { ended.push('end'); }).save())).toEqual(invalid);
    expect(ended).toEqual(['end']);
  });

  it('are refused, and nothing is ended, where the family has gone meanwhile', async () => {
    const at = make();
    const token = await start(at);
    const found = await lookAt(at, token);
    passTime(101);
    const ended: string[] = [];
    expect(await outcome(() => at.tokens.succeed(found, token, () => { ended.push('end'); }).save())).toEqual(invalid);
    expect(ended).toEqual([]);
  });

  it('end when nobody uses them, and with the session at the latest', async () => {
    holdTime(1e12);
    const at = make();
    const token = await start(at, 150);
    holdTime(1e12 + 99_999);
    expect(await stateOf(at, token)).toBe('active');
    const second = await succeed(at, token);
    expect(at.rotations[0]?.idleExpiresAt).toBe(1e12 + 150_000);
    holdTime(1e12 + 149_999);
    expect(await stateOf(at, second)).toBe('active');
    holdTime(1e12 + 150_000);
    expect(await stateOf(at, second)).toBe('unknown');
    const idle = await start(at);
    holdTime(1e12 + 250_000);
    expect(await stateOf(at, idle)).toBe('unknown');
  });

  it('are nobody\'s when they were forged, cut or are another issuer\'s', async () => {
    const at = make();
    const token = await start(at);
    const [id = '', secret = ''] = token.split('.');
    const guess = `${id}.${Buffer.concat([Buffer.from(secret, 'base64url').subarray(0, 24), Buffer.alloc(18)]).toString('base64url')}`;
    const nonce = `${id}.${Buffer.concat([Buffer.alloc(24), Buffer.from(secret, 'base64url').subarray(24)]).toString('base64url')}`;
    for (const bad of ['', id, `${id}.`, `${token}A`, `A${token}`, token.slice(0, -1), token.replace('.', ':'), guess, nonce, `${'A'.repeat(32)}.${secret}`]) expect(await stateOf(at, bad)).toBe('unknown');
    expect(await stateOf(make({}, 'https://other.example', at.store), token)).toBe('unknown');
    expect(await stateOf(at, token)).toBe('active');
  });

  it.each<[string, (id: string) => RevocationTarget, string]>([
    ['its family', (familyId) => ({ familyId }), 'ending'],
    ['its user', () => ({ userId: 'U' }), 'unknown'],
    ['its client', () => ({ clientId: 'C' }), 'unknown'],
    ['another user', () => ({ userId: 'V' }), 'active'],
  ])('where %s is revoked', async (_name, target, state) => {
    const at = make();
    const token = await start(at);
    // The list alone: the store was cut off before it removed the family.
    await createRevocations({ revoke: () => undefined, revocations: () => at.store.revocations() }, ask).covers({ clientId: 'C' });
    const shadow = createRevocations({ revoke: () => undefined, revocations: () => ({ revocations: [], cursor: 'c' }) }, ask);
    const tokens = createRefreshTokens({ issuer: ISSUER, ask, askToRotate: ask, revocations: shadow, store: at.store, settings: { idleLifetime: 100, absoluteLifetime: 1000, reuseWindow: 10 } });
    await shadow.revoke(target(token.slice(0, 32)), 1e15);
    expect(await tokens.look(token)).toMatchObject({ state });
  });

  it('that this process has handed out as successors are known without a look, each once', async () => {
    holdTime(1e12);
    const at = make();
    const first = await start(at, 150);
    expect(await at.tokens.recall(first, Date.now())).toBeUndefined();
    const second = await succeed(at, first);
    at.found.length = 0;
    expect(await at.tokens.recall(first, Date.now())).toBeUndefined();
    const recalled = await at.tokens.recall(second, Date.now());
    expect(recalled).toStrictEqual({ state: 'active', presentedAt: 1e12, family: { ...at.families[0], current: hashToken(second), idleExpiresAt: 1e12 + 100_000 } });
    expect(await at.tokens.recall(second, Date.now())).toBeUndefined();
    holdTime(1e12 + 99_999);
    const prepared = at.tokens.succeed(recalled as ActiveToken, second, () => undefined);
    expect(await at.tokens.recall(prepared.token, Date.now())).toBeUndefined();
    await prepared.save();
    holdTime(1e12 + 149_999);
    expect(await at.tokens.recall(prepared.token, Date.now())).toMatchObject({ presentedAt: 1e12 + 149_999 });
    expect(at.found).toEqual([]);
  });

  it.each([['session', 150, 150_000], ['idle time', 1000, 100_000]])('are not known when their %s is over', async (_name, session, end) => {
    holdTime(1e12);
    const at = make();
    let token = await succeed(at, await start(at, session));
    holdTime(1e12 + 99_999);
    if (session === 150) token = await succeed(at, token);
    holdTime(1e12 + end);
    expect(await at.tokens.recall(token, Date.now())).toBeUndefined();
  });

  it('are not known where they are older, or nobody\'s', async () => {
    const at = make();
    const first = await start(at);
    const second = await succeed(at, first);
    for (const bad of ['', 'x', first, `${second}A`, `${second.slice(0, -1)}${second.endsWith('A') ? 'B' : 'A'}`]) expect(await at.tokens.recall(bad, Date.now())).toBeUndefined();
    expect(await at.tokens.recall(second, Date.now())).toBeDefined();
  });

  it.each<[string, (id: string) => RevocationTarget, boolean]>([
    ['its family', (familyId) => ({ familyId }), false],
    ['its user', () => ({ userId: 'U' }), false],
    ['another user', () => ({ userId: 'V' }), true],
  ])('are judged anew where %s was revoked, known or not', async (_name, target, known) => {
    const at = make();
    const token = await succeed(at, await start(at));
    await at.revocations.revoke(target(token.slice(0, 32)), 1e15);
    expect((await at.tokens.recall(token, Date.now())) !== undefined).toBe(known);
  });

  it('are not known to this process where the successor was not saved, or found them spent', async () => {
    const at = make({ reuseWindow: 0 });
    const first = await start(at);
    const found = await lookAt(at, first);
    const { token } = at.tokens.succeed(found, first, () => undefined);
    expect(await at.tokens.recall(token, Date.now())).toBeUndefined();
    await succeed(at, first);
    const other = make({ reuseWindow: 0 }, ISSUER, at.store);
    expect(await outcome(() => other.tokens.succeed(found, first, () => undefined).save())).toEqual(invalid);
    expect(await other.tokens.recall(token, Date.now())).toBeUndefined();
  });

  it('D-08 are judged by when they came, however long it took to save the successor', async () => {
    holdTime(1e12);
    const at = make();
    const first = await start(at);
    const second = await succeed(at, first);
    for (const [came, saved] of [[9_999, 15_000], [9_999, 9_999], [1_000, 60_000]] as const) {
      holdTime(1e12 + came);
      const found = await lookAt(at, first);
      holdTime(1e12 + saved);
      const again = at.tokens.succeed(found, first, () => { throw new Error('no theft'); });
      await again.save();
      expect(again.token).toBe(second);
    }
    holdTime(1e12 + 10_000);
    expect((await at.tokens.look(first)).state).toBe('spent');
  });

  it('D-08 are strict without a window, however long it took to save the successor', async () => {
    holdTime(1e12);
    const at = make({ reuseWindow: 0 });
    const first = await start(at);
    const found = await lookAt(at, first);
    await succeed(at, first);
    holdTime(1e12 + 5_000);
    expect(await outcome(() => at.tokens.succeed(found, first, () => undefined).save())).toEqual(invalid);
  });

  it.each([['session', { expiresAt: -1 }], ['idle time', { idleExpiresAt: -1 }], ['session, this very millisecond', { expiresAt: 0 }], ['idle time, this very millisecond', { idleExpiresAt: 0 }]])('end with their %s where the store still has their family', async (_name, over) => {
    holdTime(1e12);
    const at = make();
    const token = await start(at);
    const [[name, ago] = ['', 0]] = Object.entries(over);
    const late = { ...(await familyOf(at, token)), [name]: 1e12 + ago };
    const tokens = createRefreshTokens({ issuer: ISSUER, ask, askToRotate: ask, revocations: calm, settings: { idleLifetime: 1, absoluteLifetime: 1, reuseWindow: 0 }, store: { ...at.store, findFamily: () => late } });
    expect(await tokens.look(token)).toEqual({ state: 'unknown' });
  });

  it.each<[string, (broken: RefreshTokens, token: string, found: ActiveToken) => unknown]>([
    ['store.createFamily failed', (broken) => broken.start(authorization, { access: 1, session: 1 }, 1).save()],
    ['store.findFamily failed', (broken, token) => broken.look(token)],
    ['store.rotateFamily failed', (broken, token, found) => broken.succeed(found, token, () => undefined).save()],
  ])('ERR-06 tell the operator what broke: %s', async (message, work) => {
    const at = make();
    const token = await start(at);
    const down = (): never => { throw new Error('down'); };
    const broken = createRefreshTokens({ issuer: ISSUER, ask, askToRotate: ask, revocations: calm, settings: { idleLifetime: 1, absoluteLifetime: 1, reuseWindow: 0 }, store: { createFamily: down, findFamily: down, rotateFamily: down } });
    expect(await messageOf(async () => work(broken, token, await lookAt(at, token)))).toBe(message);
  });
});
