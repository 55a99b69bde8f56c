import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Register, WithStores } from './register';
import { END_OF_TIME, HOUR, ODD, random, sampleFamily, SHORT } from './samples';

const CONTENTS = [
  '',
  '{}',
  'no JSON "at all',
  JSON.stringify({ jti: random(24), sub: 'user "1" \\', scope: 'a b', iat: 1_700_000_000, list: [1, -2.5e9, null, true, 'x:y'], nested: { a: '' } }),
  JSON.stringify({ text: ODD, ':': ':', '': [] }),
  ODD,
];

export function accessTokenContract(it: Register, withStores: WithStores): void {
  it('come back as they were saved', withStores(async (store, other) => {
    for (const content of CONTENTS) {
      const hash = random();
      await store.saveAccessToken(hash, content, Date.now() + HOUR);
      assert.equal(await store.findAccessToken(hash), content);
      assert.equal(await other.findAccessToken(hash), content);
    }
  }));

  it('are not found under a hash nobody had', withStores(async (store) => {
    assert.equal(await store.findAccessToken(random()), undefined);
    assert.equal(await store.findAccessToken(''), undefined);
  }));

  it('end with their time', withStores(async (store) => {
    const [short, long] = [random(), random()];
    await store.saveAccessToken(short, 'short', Date.now() + SHORT);
    await store.saveAccessToken(long, 'long', Date.now() + HOUR);
    assert.equal(await store.findAccessToken(short), 'short');
    await sleep(SHORT + 50);
    assert.equal(await store.findAccessToken(short), undefined);
    assert.equal(await store.findAccessToken(long), 'long');
  }));

  it('are no families, whatever the names', withStores(async (store) => {
    const family = sampleFamily();
    await store.createFamily(family);
    await store.saveAccessToken(family.id, 'content', Date.now() + HOUR);
    assert.deepEqual(await store.findFamily(family.id), family);
    assert.equal(await store.findAccessToken(family.id), 'content');
    assert.equal(await store.findAccessToken(family.current), undefined);
  }));

  it('may be large, oddly named and last for ever', withStores(async (store) => {
    const [hash, content] = [`${ODD} ${random()}`, JSON.stringify({ text: 'é'.repeat(100_000) })];
    await store.saveAccessToken(hash, content, END_OF_TIME);
    assert.equal(await store.findAccessToken(hash), content);
  }));

  it('may come many at once', withStores(async (store, other) => {
    const hashes = Array.from({ length: 100 }, () => random());
    await Promise.all(hashes.map(async (hash) => { await store.saveAccessToken(hash, hash, Date.now() + HOUR); }));
    assert.deepEqual(await Promise.all(hashes.map(async (hash) => await other.findAccessToken(hash))), hashes);
  }));
}
