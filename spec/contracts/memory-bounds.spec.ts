import { execFileSync } from 'node:child_process';
import { memoryStore } from '../../lib/stores/memory';
import { addFamily, createFamilies, findFamily } from '../../lib/stores/memory/families';
import { findToken, createTokens, saveToken } from '../../lib/stores/memory/tokens';
import { remove, sweep } from '../../lib/stores/memory/shelf';
import { packKey } from '../../lib/stores/memory/pack';
import type { Family } from '../../lib/stores/store';
import { HOUR, random, sampleFamily, sampleRevocation, sampleRotation } from '../../lib/testing/store-contract/samples';

const never = (): boolean => false;
const families = (count: number, changes: Partial<Family> = {}): Family[] => Array.from({ length: count }, () => sampleFamily(changes));

afterEach(() => { jest.restoreAllMocks(); });
const passes = (milliseconds: number): void => {
  const now = Date.now() + milliseconds;
  jest.spyOn(Date, 'now').mockReturnValue(now);
};

describe('memoryStore within its bounds', () => {
  it('reads all revocations again for a cursor of another process, which has counted further', async () => {
    const store = memoryStore();
    const revocation = sampleRevocation();
    await store.revoke(revocation);
    expect((await store.revocations('1000')).revocations).toMatchObject([{ key: revocation.key }]);
    await store.close?.();
  });

  it('lets the family go that was refreshed longest ago', () => {
    const store = memoryStore({ maxEntries: 3 });
    const [one, two, three, four, five] = families(5) as [Family, Family, Family, Family, Family];
    for (const family of [one, two, three]) void store.createFamily(family);
    void store.rotateFamily(one.id, sampleRotation(one, { idleExpiresAt: one.idleExpiresAt }));
    for (const family of [four, five]) void store.createFamily(family);
    expect([one, two, three, four, five].map(({ id }) => store.findFamily(id) !== undefined)).toEqual([true, false, false, true, true]);
    void store.close?.();
  });

  it('lets the access token go that was issued longest ago', () => {
    const store = memoryStore({ maxEntries: 2 });
    for (const hash of ['one', 'two', 'three']) void store.saveAccessToken(hash, hash, Date.now() + HOUR);
    expect(['one', 'two', 'three'].map((hash) => store.findAccessToken(hash))).toEqual([undefined, 'two', 'three']);
    void store.close?.();
  });

  it('refuses a revocation rather than forget one, and leaves the family to be asked for again', () => {
    const store = memoryStore({ maxEntries: 1 });
    const family = sampleFamily();
    void store.createFamily(family);
    const entry = sampleRevocation();
    void store.revoke(entry);
    expect(() => store.revoke(sampleRevocation({ familyId: family.id }))).toThrow('maxEntries');
    expect(store.findFamily(family.id)).toEqual(family);
    void store.revoke({ ...entry, at: entry.at + 1 });
    expect(store.revocations()).toMatchObject({ revocations: [{ key: entry.key, at: entry.at + 1 }] });
    void store.close?.();
  });

  it('keeps to the number it is given, exactly', () => {
    const kept = createFamilies(18_000);
    const made = families(20_000);
    for (const family of made) addFamily(kept, family);
    expect(kept.shelf.size).toBe(18_000);
    expect(made.filter(({ id }) => findFamily(kept, id))).toHaveLength(18_000);
    expect(made.slice(-14_000).every(({ id }) => findFamily(kept, id))).toBe(true);
  });

  it.each([0, -1, 1.5, NaN])('refuses maxEntries %p', (maxEntries) => {
    expect(() => memoryStore({ maxEntries })).toThrow('maxEntries must be a whole number from 1 on');
  });
});

describe('memoryStore swept', () => {
  it('removes what has ended, whatever the lifetimes around it, and nothing else', () => {
    const kept = createFamilies(100_000);
    const now = Date.now();
    const long = families(2000, { idleExpiresAt: now + 24 * HOUR });
    const short = families(2000, { idleExpiresAt: now + 60_000 });
    long.forEach((family, index) => {
      addFamily(kept, family);
      addFamily(kept, short[index] ?? family);
    });
    passes(120_000);
    expect(sweep(kept.shelf, never)).toBe(true);
    expect(kept.shelf.size).toBe(2000);
    expect(long.every(({ id }) => findFamily(kept, id))).toBe(true);
  });

  it('stops when it is told to and goes on from there', () => {
    const kept = createFamilies(100_000);
    for (const family of families(1000, { idleExpiresAt: Date.now() + 1000 })) addFamily(kept, family);
    passes(2000);
    let slices = 1;
    for (let turns = 0; !sweep(kept.shelf, () => ++turns % 100 === 0); ) slices++;
    expect(kept.shelf.size).toBe(0);
    expect(slices).toBeGreaterThan(9);
  });

  it('keeps what records have in common only while a record holds it', () => {
    const kept = createFamilies(2);
    const made = Array.from({ length: 50 }, (_, number) => sampleFamily({ clientId: `client-${String(number)}` }));
    for (const family of made) addFamily(kept, family);
    expect(kept.pool.indexes.size).toBe(2);
    expect(kept.pool.slots).toHaveLength(3);
    for (const { id } of made) remove(kept.shelf, packKey(id));
    expect(kept.pool.indexes.size).toBe(0);

    const tokens = createTokens(2);
    for (let number = 0; number < 50; number++) saveToken(tokens, random(), JSON.stringify({ [`name-${String(number)}`]: 1 }), Date.now() + HOUR);
    saveToken(tokens, 'same', '{"a":1}', Date.now() + HOUR);
    saveToken(tokens, 'same', '{"a":2}', Date.now() + HOUR);
    expect(findToken(tokens, 'same')).toBe('{"a":2}');
    expect(tokens.pool.indexes.size).toBe(2);
  });

  it('lets the process end', () => {
    const script = `require('tsx/cjs'); require(${JSON.stringify(require.resolve('../../lib/stores/memory'))}).memoryStore();`;
    execFileSync(process.execPath, ['-e', script], { timeout: 15_000 });
  });
});
