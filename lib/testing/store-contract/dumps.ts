import assert from 'node:assert/strict';
import type { Awaitable } from '../../awaitable';
import type { TokenStore } from '../../stores/store';
import type { Register, WithStores } from './register';
import { hashOf, HOUR, random, sampleFamily, sampleRevocation, sampleRotation } from './samples';

export function dumpContract(it: Register, withStores: WithStores, dump: (store: TokenStore) => Awaitable<string>): void {
  it('holds hashes, and no token', withStores(async (store) => {
    const tokens = Array.from({ length: 3 }, () => random());
    const [refresh = '', successor = '', access = ''] = tokens;
    const family = sampleFamily({ current: hashOf(refresh) });
    await store.createFamily(family);
    await store.saveAccessToken(hashOf(access), '{}', Date.now() + HOUR);
    await store.rotateFamily(family.id, sampleRotation(family, { successor: hashOf(successor) }));
    const text = await dump(store);
    for (const token of tokens) {
      assert.ok(text.includes(hashOf(token)), 'the dump shows what the store was given');
      assert.ok(!text.includes(token));
    }
  }));

  it('holds nothing of a family that is revoked but the entry on the list', withStores(async (store) => {
    const family = sampleFamily();
    await store.createFamily(family);
    await store.revoke(sampleRevocation({ familyId: family.id }));
    const text = await dump(store);
    assert.ok(text.includes(family.id));
    assert.ok(!text.includes(family.secret) && !text.includes(family.current));
  }));
}
