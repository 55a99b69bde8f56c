import { RateLimiterMemory } from 'rate-limiter-flexible';
import { begin, beginAlone, count, end, fullCharge, takeShared, type Charge } from '../../lib/throttle/charge';
import { createCounter, type Counter } from '../../lib/throttle/counter';
import type { CounterName, RateLimiter } from '../../lib/throttle/limits';
import { hashToken } from '../../lib/tokens/hash';
import { holdTime } from '../support/clock';

interface Limits {
  readonly points?: number;
  readonly shared?: RateLimiter;
}
const counterOf = (name: CounterName = 'user', { points = 3, shared }: Limits = {}): Counter =>
  createCounter(name, { points, duration: 60, shared }, { ask: async (_what, call) => call(), emit: () => undefined });

async function fail(counter: Counter, key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await counter.count(key);
}
async function full(name?: CounterName, limits?: Limits): Promise<Counter> {
  const counter = counterOf(name, limits);
  await fail(counter, 'a', limits?.points ?? 3);
  return counter;
}
/** A limiter that has no room for `a` left. */
async function spent(name: CounterName, limits: Limits = {}): Promise<Counter> {
  const counter = counterOf(name, { shared: new RateLimiterMemory({ points: 1, duration: 30 }), ...limits });
  await counter.shared?.take('a');
  return counter;
}
const charge = (counter: Counter, refuses: Charge['refuses'] = 'all', rest: Partial<Charge> = {}): Charge => ({ counter, key: 'a', refuses, ...rest });

describe('a counter', () => {
  it('has room beside what failed and what is under way, up to its points', () => {
    const counter = counterOf();
    expect([0, 2, 3].map((failures) => counter.hasRoom('a', failures, undefined))).toEqual([true, true, false]);
    counter.begin('a');
    counter.begin('a');
    expect([0, 1].map((failures) => counter.hasRoom('a', failures, undefined))).toEqual([true, false]);
    expect(counter.hasRoom('b', 2, undefined)).toBe(true);
    counter.end('a');
    expect([1, 2].map((failures) => counter.hasRoom('a', failures, undefined))).toEqual([true, false]);
  });

  it('has less room where it is told so', () => {
    const counter = counterOf();
    expect([0, 1].map((failures) => counter.hasRoom('a', failures, 1))).toEqual([true, false]);
    counter.begin('a');
    expect(counter.hasRoom('a', 0, 1)).toBe(false);
  });

  it('has none where as many failed as it has points, whatever its caller knew', async () => {
    const counter = await full();
    expect([counter.isFull('a'), counter.hasRoom('a', 0, undefined), await counter.failures('a')]).toEqual([true, false, 3]);
    expect([counter.isFull('b'), counter.hasRoom('b', 0, undefined), await counter.failures('b')]).toEqual([false, true, 0]);
  });

  it('is busy from the beginning of an attempt to its end', () => {
    const counter = counterOf();
    expect(counter.isBusy('a')).toBe(false);
    counter.begin('a');
    expect([counter.isBusy('a'), counter.isBusy('b')]).toEqual([true, false]);
    counter.end('a');
    expect(counter.isBusy('a')).toBe(false);
  });

  it('is quiet until one key is full', async () => {
    const counter = counterOf();
    await fail(counter, 'a', 2);
    expect(counter.isQuiet()).toBe(true);
    await counter.count('a');
    expect(counter.isQuiet()).toBe(false);
  });

  it('has somebody wait for the end of an attempt, where that may leave room', async () => {
    const counter = counterOf();
    expect(counter.turn('a')).toBeUndefined();
    counter.begin('a');
    const turn = counter.turn('a');
    expect(turn).toBeInstanceOf(Promise);
    counter.end('a');
    await turn;
    await fail(counter, 'a', 3);
    counter.begin('a');
    expect(counter.turn('a')).toBeUndefined();
  });

  it('sends away until all is forgotten where it is full, and for two seconds where attempts are under way', async () => {
    holdTime();
    const counter = await full('client');
    expect(counter.refusal('a')).toEqual({ by: 'client', retryAfter: 60 });
    expect(counter.refusal('b')).toEqual({ by: 'client', retryAfter: 2 });
  });

  it('has nothing shared where no limiter was given', () => {
    expect(counterOf().shared).toBeUndefined();
  });

  it('is full where a shared limiter was, for as long as that is believed', async () => {
    const now = Date.now();
    holdTime(now);
    const counter = await spent('token');
    expect([counter.isFull('a'), counter.isQuiet()]).toEqual([false, true]);
    expect(await counter.shared?.take('a')).toBe(30_000);
    expect([counter.isFull('a'), counter.isFull('b'), counter.isQuiet(), counter.hasRoom('a', 0, undefined)]).toEqual([true, false, false, false]);
    expect(counter.refusal('a')).toEqual({ by: 'token', retryAfter: 5 });
    expect(counter.refusal('a', 30_000)).toEqual({ by: 'token', retryAfter: 30 });
    expect(counter.refusal('a', 0)).toEqual({ by: 'token', retryAfter: 2 });
    holdTime(now + 5000);
    expect([counter.isFull('a'), counter.isQuiet()]).toEqual([false, true]);
  });
});

describe('a charge', () => {
  it('refuses all, strangers or nobody where its counter is full', async () => {
    const counter = await full();
    const refused = (refuses: Charge['refuses'], isKnown: boolean): boolean => fullCharge([charge(counter, refuses)], isKnown) !== undefined;
    expect([refused('all', false), refused('all', true)]).toEqual([true, true]);
    expect([refused('strangers', false), refused('strangers', true)]).toEqual([true, false]);
    expect([refused('nobody', false), refused('nobody', true)]).toEqual([false, false]);
    expect(fullCharge([charge(counter, 'all', { key: 'b' })], false)).toBeUndefined();
  });

  it('is told by the first that is full', async () => {
    const charges = [charge(counterOf()), charge(await full('user')), charge(await full('client'))];
    expect(fullCharge(charges, false)).toBe(charges[1]);
  });
});

describe('an attempt that begins alone', () => {
  const isBusy = (charges: readonly Charge[]): boolean[] => charges.map(({ counter, key }) => counter.isBusy(key));

  it('is under way in all counters at once', () => {
    const charges = [charge(counterOf()), charge(counterOf())];
    expect(beginAlone(charges, false)).toBe(true);
    expect(isBusy(charges)).toEqual([true, true]);
    end(charges);
    expect(isBusy(charges)).toEqual([false, false]);
  });

  it('is none where another is under way, and then it is nowhere', () => {
    const charges = [charge(counterOf()), charge(counterOf()), charge(counterOf())];
    charges[1]?.counter.begin('a');
    expect(beginAlone(charges, true)).toBe(false);
    expect(isBusy(charges)).toEqual([false, true, false]);
    charges[1]?.counter.end('a');
    charges[1]?.counter.begin('b');
    expect(beginAlone(charges, true)).toBe(true);
  });

  it('is none where a counter gives it less than all its points: who else failed has to be asked', () => {
    const charges = [charge(counterOf()), charge(counterOf(), 'all', { most: 1 })];
    expect(beginAlone(charges, false)).toBe(false);
    expect(isBusy(charges)).toEqual([false, false]);
  });

  it('is none where a counter is full, unless that spares it', async () => {
    const counter = await full();
    expect(beginAlone([charge(counterOf()), charge(counter)], true)).toBe(false);
    expect(beginAlone([charge(counter, 'strangers')], false)).toBe(false);
    expect(counter.isBusy('a')).toBe(false);
    expect(beginAlone([charge(counter, 'strangers')], true)).toBe(true);
  });
});

describe('an attempt beside others', () => {
  it('begins where all have room for it', async () => {
    const charges = [charge(counterOf()), charge(counterOf())];
    for (let time = 0; time < 3; time += 1) expect(await begin(charges, false)).toBeUndefined();
    expect(await begin(charges, false)).toBe(charges[0]);
    end(charges);
    expect(await begin(charges, false)).toBeUndefined();
  });

  it('is told which has none, and begins nowhere', async () => {
    const charges = [charge(counterOf()), charge(counterOf('client')), charge(await full('client'))];
    expect(await begin(charges, false)).toBe(charges[2]);
    expect(charges.map(({ counter }) => counter.isBusy('a'))).toEqual([false, false, false]);
  });

  it('has room beside failures, but not as many as with fewer', async () => {
    const counter = counterOf();
    await fail(counter, 'a', 2);
    expect(await begin([charge(counter)], false)).toBeUndefined();
    expect(await begin([charge(counter)], false)).toMatchObject({ key: 'a' });
    const tight = counterOf();
    await fail(tight, 'a', 1);
    expect(await begin([charge(tight, 'all', { most: 1 })], false)).toMatchObject({ most: 1 });
    expect(await begin([charge(tight, 'all', { most: 2 })], false)).toBeUndefined();
  });

  it('is spared by a counter that refuses only strangers, or nobody', async () => {
    const counter = await full();
    expect(await begin([charge(counter, 'strangers')], false)).toMatchObject({ refuses: 'strangers' });
    expect(await begin([charge(counter, 'strangers')], true)).toBeUndefined();
    expect(await begin([charge(counter, 'nobody')], false)).toBeUndefined();
  });
});

it('a failure is counted by every counter that is not full', async () => {
  const charges = [charge(await full()), charge(counterOf()), charge(counterOf(), 'nobody', { key: 'b' })];
  await count(charges);
  expect(await Promise.all(charges.map(({ counter, key }) => counter.failures(key)))).toEqual([3, 1, 1]);
  expect(await charges[2]?.counter.failures('a')).toBe(0);
});

describe('limiters that processes share', () => {
  const consumed = async (limiter: RateLimiterMemory, name: CounterName): Promise<number> => {
    await new Promise(setImmediate);
    return (await limiter.get(`${name}:${hashToken('a')}`))?.consumedPoints ?? 0;
  };

  it('are not asked where there are none', async () => {
    const take = await takeShared([charge(counterOf())], false);
    expect(take.refusal).toBeUndefined();
    expect(() => { take.giveBack(); }).not.toThrow();
  });

  it('count an attempt, and forget it again where it is given back', async () => {
    const limiters = [new RateLimiterMemory({ points: 5, duration: 30 }), new RateLimiterMemory({ points: 5, duration: 30 })];
    const charges = [charge(counterOf('user', { shared: limiters[0]! })), charge(counterOf()), charge(counterOf('client', { shared: limiters[1]! }), 'nobody')];
    const take = await takeShared(charges, true);
    expect(take.refusal).toBeUndefined();
    expect(await Promise.all([consumed(limiters[0]!, 'user'), consumed(limiters[1]!, 'client')])).toEqual([1, 1]);
    take.giveBack();
    expect(await Promise.all([consumed(limiters[0]!, 'user'), consumed(limiters[1]!, 'client')])).toEqual([0, 0]);
  });

  it('refuse where they have no room, the first of them, and what the others took can be given back', async () => {
    holdTime();
    const limiter = new RateLimiterMemory({ points: 5, duration: 30 });
    const charges = [charge(counterOf('token', { shared: limiter })), charge(counterOf()), charge(await spent('user')), charge(await spent('client'))];
    const take = await takeShared(charges, false);
    expect(take.refusal).toEqual({ by: 'user', retryAfter: 30 });
    expect(await consumed(limiter, 'token')).toBe(1);
    take.giveBack();
    expect(await consumed(limiter, 'token')).toBe(0);
  });

  it('refuse nobody whom their charge spares', async () => {
    const refusalOf = async (refuses: Charge['refuses'], isKnown: boolean): Promise<unknown> => (await takeShared([charge(await spent('user'), refuses)], isKnown)).refusal;
    expect(await refusalOf('strangers', false)).toMatchObject({ by: 'user' });
    expect(await refusalOf('strangers', true)).toBeUndefined();
    expect(await refusalOf('nobody', false)).toBeUndefined();
    expect(await refusalOf('all', true)).toMatchObject({ by: 'user' });
  });
});
