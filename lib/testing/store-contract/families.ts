import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Register, WithStores } from './register';
import { END_OF_TIME, ODD, random, sampleFamily, sampleRevocation, sampleRotation, SHORT } from './samples';

export function familyContract(it: Register, withStores: WithStores): void {
  it('come back as they were created', withStores(async (store, other) => {
    const family = sampleFamily();
    await store.createFamily(family);
    assert.deepEqual(await store.findFamily(family.id), family);
    assert.deepEqual(await other.findFamily(family.id), family);
  }));

  it('come back without what they never had', withStores(async (store) => {
    const { clientId, audience, secret, expiresAt, current, idleExpiresAt } = sampleFamily();
    const family = { id: random(24), clientId, scopes: [], audience, secret, expiresAt, current, idleExpiresAt };
    await store.createFamily(family);
    const found = await store.findFamily(family.id);
    assert.deepEqual(found, family);
    assert.deepEqual(Object.keys(found).sort(), Object.keys(family).sort());
  }));

  it('are not found under an id nobody had', withStores(async (store) => {
    await store.createFamily(sampleFamily());
    assert.equal(await store.findFamily(random(24)), undefined);
    assert.equal(await store.findFamily(''), undefined);
    assert.equal(await store.findFamily(ODD), undefined);
  }));

  it('end with their idle time', withStores(async (store) => {
    const family = sampleFamily({ idleExpiresAt: Date.now() + SHORT });
    await store.createFamily(family);
    assert.ok(await store.findFamily(family.id));
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family, { at: family.idleExpiresAt + 1 })), 'gone');
    await sleep(SHORT + 50);
    assert.equal(await store.findFamily(family.id), undefined);
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family)), 'gone');
  }));

  it('live on when they are refreshed in time', withStores(async (store) => {
    const family = sampleFamily({ idleExpiresAt: Date.now() + SHORT });
    await store.createFamily(family);
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family)), 'rotated');
    await sleep(SHORT + 50);
    assert.ok(await store.findFamily(family.id));
  }));

  it('end alone when they are revoked', withStores(async (store, other) => {
    const [one, two] = [sampleFamily(), sampleFamily()];
    await Promise.all([store.createFamily(one), store.createFamily(two)]);
    await other.revoke(sampleRevocation({ familyId: one.id }));
    assert.equal(await store.findFamily(one.id), undefined);
    assert.deepEqual(await store.findFamily(two.id), two);
  }));

  oddFamilies(it, withStores);
}

function oddFamilies(it: Register, withStores: WithStores): void {
  it('keep every character of every text', withStores(async (store) => {
    const odd = (name: string): string => `${name} ${ODD}`;
    const names = { clientId: odd('client'), userId: odd('user'), scopes: [odd('a'), odd('b'), ''], audience: [odd('c')] };
    const family = sampleFamily({ ...names, id: odd(random()), secret: odd('secret'), current: odd(random()) });
    await store.createFamily(family);
    assert.deepEqual(await store.findFamily(family.id), family);
    const successor = odd(random());
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family, { successor })), 'rotated');
    const found = await store.findFamily(family.id);
    assert.equal(found?.current, successor);
    assert.equal(found.previous, family.current);
    await store.revoke(sampleRevocation({ familyId: family.id }));
    assert.equal(await store.findFamily(family.id), undefined);
  }));

  it('may be large and last for ever', withStores(async (store) => {
    const scopes = Array.from({ length: 1000 }, (_, number) => `scope-${String(number)}`);
    const names = { userId: 'u'.repeat(20_000), clientId: 'c'.repeat(5000), scopes };
    const family = sampleFamily({ ...names, expiresAt: END_OF_TIME, idleExpiresAt: END_OF_TIME });
    await store.createFamily(family);
    assert.deepEqual(await store.findFamily(family.id), family);
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family, { idleExpiresAt: END_OF_TIME })), 'rotated');
    assert.equal((await store.findFamily(family.id))?.idleExpiresAt, END_OF_TIME);
  }));
}
