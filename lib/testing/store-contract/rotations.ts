import assert from 'node:assert/strict';
import type { Family, RotationResult, TokenStore } from '../../stores/store';
import type { Register, WithStores } from './register';
import { HOUR, random, sampleFamily, sampleRevocation, sampleRotation } from './samples';

async function created(store: TokenStore): Promise<Family> {
  const family = sampleFamily();
  await store.createFamily(family);
  return family;
}

export function rotationContract(it: Register, withStores: WithStores): void {
  it('replace the active token and change nothing else', withStores(async (store, other) => {
    const family = await created(store);
    const rotation = sampleRotation(family, { idleExpiresAt: Date.now() + 2 * HOUR });
    assert.equal(await store.rotateFamily(family.id, rotation), 'rotated');
    const { presented: previous, successor: current, at: rotatedAt, idleExpiresAt } = rotation;
    assert.deepEqual(await other.findFamily(family.id), { ...family, current, previous, rotatedAt, idleExpiresAt });
  }));

  it('follow one another', withStores(async (store, other) => {
    const family = await created(store);
    let current = family.current;
    for (const each of [store, other, store, other]) {
      const successor = random();
      assert.equal(await each.rotateFamily(family.id, sampleRotation(family, { presented: current, successor })), 'rotated');
      current = successor;
    }
    assert.equal((await store.findFamily(family.id))?.current, current);
  }));

  it('of an unknown family are gone', withStores(async (store) => {
    assert.equal(await store.rotateFamily(random(24), sampleRotation(sampleFamily())), 'gone');
  }));

  reuse(it, withStores);
  races(it, withStores);
}

function reuse(it: Register, withStores: WithStores): void {
  it('may be repeated within the window, to the same end', withStores(async (store) => {
    const family = await created(store);
    const first = sampleRotation(family);
    await store.rotateFamily(family.id, first);
    const after = await store.findFamily(family.id);
    for (const later of [0, 1, first.reuseWindow - 1]) {
      const again = { ...first, at: first.at + later, idleExpiresAt: first.idleExpiresAt + later };
      assert.equal(await store.rotateFamily(family.id, again), 'repeated');
    }
    assert.deepEqual(await store.findFamily(family.id), after);
  }));

  it('are spent when the window is over, or there is none', withStores(async (store) => {
    const family = await created(store);
    const first = sampleRotation(family);
    await store.rotateFamily(family.id, first);
    const after = await store.findFamily(family.id);
    assert.equal(await store.rotateFamily(family.id, { ...first, at: first.at + first.reuseWindow }), 'spent');
    assert.equal(await store.rotateFamily(family.id, { ...first, reuseWindow: 0 }), 'spent');
    assert.deepEqual(await store.findFamily(family.id), after);
  }));

  it('are judged by the distance where the clock was set back: no window is none', withStores(async (store) => {
    const family = await created(store);
    const first = sampleRotation(family);
    await store.rotateFamily(family.id, first);
    assert.equal(await store.rotateFamily(family.id, { ...first, at: first.at - 1 }), 'repeated');
    assert.equal(await store.rotateFamily(family.id, { ...first, at: first.at - first.reuseWindow }), 'spent');
    assert.equal(await store.rotateFamily(family.id, { ...first, at: first.at - 1, reuseWindow: 0 }), 'spent');
  }));

  it('are spent once the successor was used, whatever the window', withStores(async (store) => {
    const family = await created(store);
    const first = sampleRotation(family);
    await store.rotateFamily(family.id, first);
    assert.equal(await store.rotateFamily(family.id, { ...first, presented: first.successor, successor: random() }), 'rotated');
    assert.equal(await store.rotateFamily(family.id, first), 'spent');
  }));

  it('are spent for a token that never was', withStores(async (store) => {
    const family = await created(store);
    assert.equal(await store.rotateFamily(family.id, sampleRotation(family, { presented: random() })), 'spent');
    assert.deepEqual(await store.findFamily(family.id), family);
  }));
}

function races(it: Register, withStores: WithStores): void {
  const count = (results: readonly RotationResult[], wanted: RotationResult): number => results.filter((result) => result === wanted).length;

  for (const [reuseWindow, others] of [[10_000, 'repeated'], [0, 'spent']] as const) {
    it(`fifty at once: one is rotated, the rest are ${others}`, withStores(async (store, other) => {
      const family = await created(store);
      const rotation = sampleRotation(family, { reuseWindow });
      const turns = Array.from({ length: 50 }, (_, turn) => (turn % 2 === 0 ? store : other));
      const results = await Promise.all(turns.map(async (each) => await each.rotateFamily(family.id, rotation)));
      assert.deepEqual([count(results, 'rotated'), count(results, others)], [1, 49]);
      assert.equal((await store.findFamily(family.id))?.current, rotation.successor);
    }));
  }

  it('never bring back a family that is revoked meanwhile', withStores(async (store, other) => {
    for (let round = 0; round < 20; round++) {
      const family = await created(store);
      const rotation = sampleRotation(family);
      const rotate = (): unknown => other.rotateFamily(family.id, rotation);
      const revoke = (): unknown => store.revoke(sampleRevocation({ familyId: family.id }));
      await Promise.all((round % 2 === 0 ? [rotate, revoke, rotate] : [revoke, rotate, revoke]).map((act) => act()));
      assert.equal(await store.findFamily(family.id), undefined);
      assert.equal(await other.rotateFamily(family.id, rotation), 'gone');
      assert.equal(await other.rotateFamily(family.id, { ...rotation, presented: rotation.successor }), 'gone');
    }
  }));
}
