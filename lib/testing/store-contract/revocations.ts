import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Revocation, TokenStore } from '../../stores/store';
import type { Register, WithStores } from './register';
import { END_OF_TIME, ODD, random, sampleRevocation, SHORT } from './samples';

/** The entry of a key on a page; of two the later one counts. */
function entryOf(revocations: readonly Revocation[], key: string): Revocation | undefined {
  const entries = revocations.filter((entry) => entry.key === key);
  return entries.reduce<Revocation | undefined>((latest, entry) => (latest && latest.at > entry.at ? latest : entry), undefined);
}

async function listed(store: TokenStore, key: string): Promise<Revocation | undefined> {
  return entryOf((await store.revocations()).revocations, key);
}

export function revocationContract(it: Register, withStores: WithStores): void {
  it('are listed as they were added', withStores(async (store, other) => {
    for (const entry of [sampleRevocation(), sampleRevocation({ familyId: random(24) })]) {
      await store.revoke(entry);
      assert.deepEqual(await listed(other, entry.key), entry);
    }
  }));

  it('may be added again: the later time counts', withStores(async (store, other) => {
    const entry = sampleRevocation();
    await store.revoke(entry);
    await other.revoke(entry);
    assert.deepEqual(await listed(store, entry.key), entry);
    const later = { ...entry, at: entry.at + 1000, until: entry.until + 1000 };
    await store.revoke(later);
    await other.revoke(entry);
    assert.deepEqual(await listed(store, entry.key), later);
  }));

  it('leave the list when their time is over', withStores(async (store) => {
    const [short, long] = [sampleRevocation({ until: Date.now() + SHORT }), sampleRevocation()];
    await store.revoke(short);
    await store.revoke(long);
    assert.ok(await listed(store, short.key));
    await sleep(SHORT + 50);
    assert.equal(await listed(store, short.key), undefined);
    assert.ok(await listed(store, long.key));
  }));

  it('keep every character, however many, and last as long as asked', withStores(async (store) => {
    for (const key of [`${ODD} ${random()}`, `u:${'é'.repeat(10_000)}${random()}`]) {
      const entry = sampleRevocation({ key, familyId: ODD, until: END_OF_TIME });
      await store.revoke(entry);
      assert.deepEqual(await listed(store, key), entry);
    }
  }));

  reading(it, withStores);
}

function reading(it: Register, withStores: WithStores): void {
  it('are read on from a cursor', withStores(async (store, other) => {
    let { cursor } = await store.revocations();
    for (let round = 0; round < 3; round++) {
      const entry = sampleRevocation();
      await other.revoke(entry);
      const page = await store.revocations(cursor);
      assert.deepEqual(entryOf(page.revocations, entry.key), entry);
      ({ cursor } = page);
    }
    assert.equal(typeof (await store.revocations(cursor)).cursor, 'string');
  }));

  it('come again when they are added again', withStores(async (store) => {
    const entry = sampleRevocation();
    await store.revoke(entry);
    const { cursor } = await store.revocations();
    const later = { ...entry, at: entry.at + 1 };
    await store.revoke(later);
    assert.deepEqual(entryOf((await store.revocations(cursor)).revocations, entry.key), later);
  }));

  it('are all read, however many are being added meanwhile', withStores(async (store, other) => {
    const added = Array.from({ length: 200 }, () => sampleRevocation());
    const seen = new Set<string>();
    let { cursor } = await store.revocations();
    const state = { adding: true };
    const adds = Promise.all(added.map(async (entry, turn) => { await (turn % 2 === 0 ? store : other).revoke(entry); }));
    const done = adds.finally(() => { state.adding = false; });
    for (let last = false; !last; ) {
      last = !state.adding;
      const page = await store.revocations(cursor);
      for (const { key } of page.revocations) seen.add(key);
      ({ cursor } = page);
    }
    await done;
    assert.deepEqual(added.filter(({ key }) => !seen.has(key)), []);
  }));
}
