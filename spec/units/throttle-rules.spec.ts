import { createCounter, type Counter } from '../../lib/throttle/counter';
import type { CounterName } from '../../lib/throttle/limits';
import { countLook, mayLookAtSecret, passwordCharges, secretCharges, tokenCharges, type Counters } from '../../lib/throttle/rules';
import { hashToken } from '../../lib/tokens/hash';

const counterOf = (name: CounterName): Counter =>
  createCounter(name, { points: 2, duration: 60, shared: undefined }, { ask: async (_what, call) => call(), emit: () => undefined });
const createCounters = (): Counters => ({
  userAndAddress: counterOf('userAndAddress'),
  user: counterOf('user'),
  address: counterOf('address'),
  clientAndAddress: counterOf('clientAndAddress'),
  client: counterOf('client'),
  token: counterOf('token'),
});
async function fill(counter: Counter, key: string): Promise<void> {
  await counter.count(key);
  await counter.count(key);
}

const one = { name: 'one', network: '192.0.2.1' };
const two = { name: 'two', network: '192.0.2.1' };

describe('what an attempt is counted by', () => {
  it('is, for a password, the user with the address, the user, the address, and the client', () => {
    const { userAndAddress, user, address, client, ...others } = createCounters();
    expect(passwordCharges({ userAndAddress, user, address, client, ...others }, { name: 'mike', network: '192.0.2.1' }, 'C1')).toEqual([
      { counter: userAndAddress, key: 'mike@192.0.2.1', refuses: 'all' },
      { counter: user, key: 'mike', refuses: 'strangers' },
      { counter: address, key: '192.0.2.1', refuses: 'strangers' },
      { counter: client, key: 'login C1', refuses: 'strangers' },
    ]);
  });

  it('is of bounded length whatever the client is called', () => {
    const long = 'c'.repeat(500);
    expect(passwordCharges(createCounters(), one, long)[3]?.key).toBe(`login ${hashToken(long)}`);
  });

  it('is, for a secret, each id that the header may mean, and the address once', () => {
    const { clientAndAddress, address, client, ...others } = createCounters();
    expect(secretCharges({ clientAndAddress, address, client, ...others }, [one, two], false)).toEqual([
      { counter: client, key: 'secret one', refuses: 'nobody' },
      { counter: clientAndAddress, key: 'one@192.0.2.1', refuses: 'all' },
      { counter: client, key: 'secret two', refuses: 'nobody' },
      { counter: clientAndAddress, key: 'two@192.0.2.1', refuses: 'all' },
      { counter: address, key: '192.0.2.1', refuses: 'strangers' },
    ]);
    expect(secretCharges({ clientAndAddress, address, client, ...others }, [], false)).toEqual([]);
  });

  it('leaves a stranger one try from each address where a client has no room left, and no others less', async () => {
    const counters = createCounters();
    await fill(counters.client, 'secret one');
    const triesFor = (isKnown: boolean): unknown[] => secretCharges(counters, [one, two], isKnown).map(({ most }) => most);
    expect(triesFor(false)).toEqual([undefined, 1, undefined, undefined, undefined]);
    expect(triesFor(true)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it('is, for a token, the client with the address', () => {
    const counters = createCounters();
    expect(tokenCharges(counters, one)).toEqual([{ counter: counters.token, key: 'one@192.0.2.1', refuses: 'all' }]);
  });
});

describe('whether a secret may be looked at where there is no room', () => {
  it('is up to its client’s own tries from there, for a stranger', async () => {
    const counters = createCounters();
    expect(mayLookAtSecret(counters, [one, two], false)).toBe(true);
    await fill(counters.clientAndAddress, 'two@192.0.2.1');
    expect(mayLookAtSecret(counters, [one], false)).toBe(true);
    expect(mayLookAtSecret(counters, [two], false)).toBe(false);
    expect(mayLookAtSecret(counters, [one, two], false)).toBe(false);
  });

  it('is up to the looks that came to nothing, where the client is known', async () => {
    const counters = createCounters();
    await fill(counters.clientAndAddress, 'one@192.0.2.1');
    expect(mayLookAtSecret(counters, [one], true)).toBe(true);
    await countLook(counters, [one]);
    expect(mayLookAtSecret(counters, [one], true)).toBe(true);
    await countLook(counters, [one]);
    expect(mayLookAtSecret(counters, [one], true)).toBe(false);
    expect(mayLookAtSecret(counters, [two, one], true)).toBe(false);
    expect(mayLookAtSecret(counters, [two], true)).toBe(true);
  });

  it('counts looks by every id, and apart from failures', async () => {
    const counters = createCounters();
    await countLook(counters, [one, two]);
    await countLook(counters, [one, two]);
    expect([one, two].map((pair) => mayLookAtSecret(counters, [pair], true))).toEqual([false, false]);
    expect(['secret one', 'one@192.0.2.1', 'login one'].map((key) => counters.client.isFull(key))).toEqual([false, false, false]);
  });
});
