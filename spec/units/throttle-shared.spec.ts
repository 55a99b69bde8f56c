import { RateLimiterMemory } from 'rate-limiter-flexible';
import { createAsk } from '../../lib/ask';
import type { OAuthEvent } from '../../lib/events';
import { createKnown, type Known } from '../../lib/throttle/known';
import type { RateLimiter } from '../../lib/throttle/limits';
import { createSharedTally, type SharedTally } from '../../lib/throttle/shared';
import { createSuspects } from '../../lib/throttle/suspects';
import { holdTime } from '../support/clock';

/** A real limiter, that remembers what it was asked, and fails where it is told to. */
interface Watched extends RateLimiter {
  readonly asked: [verb: string, key: string][];
  readonly counts: (key: string) => Promise<number>;
  readonly broken: Partial<Record<'consume' | 'penalty' | 'reward' | 'get', () => unknown>>;
}

function watched(points = 1, duration = 30): Watched {
  const real = new RateLimiterMemory({ points, duration });
  const asked: Watched['asked'] = [];
  const broken: Watched['broken'] = {};
  const verb = (name: keyof typeof broken) => (key: string): Promise<unknown> => {
    asked.push([name, key]);
    return (broken[name]?.() as Promise<unknown> | undefined) ?? real[name](key);
  };
  return { asked, broken, counts: async (key) => (await real.get(key))?.consumedPoints ?? 0, consume: verb('consume'), penalty: verb('penalty'), reward: verb('reward'), get: verb('get') };
}

const turn = (): Promise<void> => new Promise(setImmediate);
const verbsOf = ({ asked }: Watched): string[] => asked.map(([verb]) => verb);
const lost = new Error('connection lost');
const reject = (cause: unknown) => async (): Promise<never> => { throw cause as Error; };
const fault = (where: string, cause: unknown): unknown => ({ type: 'fault', where, cause });

describe('what several processes count together', () => {
  const tallyOf = (limiter: RateLimiter, timeout = 10): SharedTally & { readonly events: OAuthEvent[] } => {
    const events: OAuthEvent[] = [];
    return { events, ...createSharedTally({ name: 'user', limiter, ask: createAsk(timeout), emit: (event) => events.push(event) }) };
  };

  it('is counted under a name that tells nothing', async () => {
    const limiter = watched();
    await tallyOf(limiter).take('mike@192.0.2.1');
    await tallyOf(limiter).take('mike@192.0.2.2');
    const [[, one = ''] = [], [, other = ''] = []] = limiter.asked;
    expect(one).toMatch(/^user:[^ ]{20,64}$/);
    expect(`${one} ${other}`).not.toMatch(/mike|192/);
    expect(one).not.toBe(other);
    expect(await limiter.counts(one)).toBe(1);
  });

  it('can be taken back', async () => {
    const limiter = watched();
    const tally = tallyOf(limiter);
    const giveBack = await tally.take('a');
    expect(giveBack).toBeInstanceOf(Function);
    (giveBack as () => void)();
    await turn();
    expect(verbsOf(limiter)).toEqual(['consume', 'reward']);
    expect(await tally.take('a')).toBeInstanceOf(Function);
    expect([tally.heldFor('a'), tally.isQuiet(), tally.events]).toEqual([0, true, []]);
  });

  it('says for how long there is no room, and keeps nothing of the attempt that it refused', async () => {
    holdTime();
    const limiter = watched(1, 30);
    const tally = tallyOf(limiter);
    await tally.take('a');
    expect(await tally.take('a')).toBe(30_000);
    await turn();
    expect(verbsOf(limiter)).toEqual(['consume', 'consume', 'reward']);
    expect(await limiter.counts(limiter.asked[0]![1])).toBe(1);
    expect(await tally.take('b')).toBeInstanceOf(Function);
    expect(tally.events).toEqual([]);
  });

  it('gives nothing back to a limiter that counted nothing of what it refused', async () => {
    const limiter = watched();
    limiter.broken.consume = reject({ msBeforeNext: 7000, consumedPoints: 0 });
    expect(await tallyOf(limiter).take('a')).toBe(7000);
    await turn();
    expect(verbsOf(limiter)).toEqual(['consume']);
  });

  it('has anybody wait at least a moment, whatever the limiter says', async () => {
    const limiter = watched();
    for (const msBeforeNext of [0, -1]) {
      limiter.broken.consume = reject({ msBeforeNext, consumedPoints: 2 });
      expect(await tallyOf(limiter).take('a')).toBe(1);
    }
  });

  it('is believed for five seconds at most', async () => {
    const now = Date.now();
    holdTime(now);
    const limiter = watched();
    const tally = tallyOf(limiter);
    limiter.broken.consume = reject({ msBeforeNext: 60_000, consumedPoints: 0 });
    await tally.take('a');
    limiter.broken.consume = reject({ msBeforeNext: 100, consumedPoints: 0 });
    await tally.take('b');
    expect([tally.heldFor('a'), tally.heldFor('b'), tally.heldFor('c'), tally.isQuiet()]).toEqual([5000, 100, 0, false]);
    holdTime(now + 200);
    expect([tally.heldFor('a'), tally.heldFor('b'), tally.isQuiet()]).toEqual([4800, 0, false]);
    holdTime(now + 4999);
    expect([tally.heldFor('a'), tally.isQuiet()]).toEqual([1, false]);
    holdTime(now + 5000);
    expect([tally.heldFor('a'), tally.isQuiet()]).toEqual([0, true]);
  });

  it.each([['an error', lost], ['nothing', undefined], ['null', null], ['text', 'no'], ['what looks like a refusal', { msBeforeNext: '5' }]])('decides nothing where the limiter fails with %s, and the operator hears of it', async (_name, cause) => {
    const limiter = watched();
    limiter.broken.consume = reject(cause);
    const tally = tallyOf(limiter);
    const giveBack = await tally.take('a');
    expect(tally.events).toEqual([fault('throttle.user', expect.objectContaining({ message: 'throttle.user failed', cause }))]);
    expect([tally.heldFor('a'), tally.isQuiet()]).toEqual([0, true]);
    (giveBack as () => void)();
    await turn();
    expect(verbsOf(limiter)).toEqual(['consume']);
  });

  it('decides nothing where the limiter throws or hangs', async () => {
    const limiter = watched();
    limiter.broken.consume = () => { throw lost; };
    const throwing = tallyOf(limiter);
    expect(await throwing.take('a')).toBeInstanceOf(Function);
    expect(throwing.events).toEqual([fault('throttle.user', expect.objectContaining({ cause: lost }))]);
    limiter.broken.consume = () => new Promise(() => undefined);
    const hanging = tallyOf(limiter, 0.01);
    expect(await hanging.take('a')).toBeInstanceOf(Function);
    expect(hanging.events).toEqual([fault('throttle.user', expect.objectContaining({ message: 'throttle.user gave no answer within 0.01 s (option timeout)' }))]);
  });

  it('leaves a limiter alone for five seconds after it failed', async () => {
    const now = Date.now();
    holdTime(now);
    const limiter = watched();
    const tally = tallyOf(limiter);
    limiter.broken.consume = reject(lost);
    await tally.take('a');
    holdTime(now + 4999);
    const giveBack = await tally.take('a');
    (giveBack as () => void)();
    await turn();
    expect(verbsOf(limiter)).toEqual(['consume']);
    holdTime(now + 5000);
    await tally.take('a');
    expect(verbsOf(limiter)).toEqual(['consume', 'consume']);
    expect(tally.events).toHaveLength(2);
  });

  it('tells the operator of what could not be taken back, and leaves the limiter alone then too', async () => {
    holdTime();
    const limiter = watched(5);
    for (const failing of [reject(lost), () => { throw lost; }]) {
      const tally = tallyOf(limiter);
      limiter.broken.reward = failing;
      ((await tally.take('a')) as () => void)();
      await turn();
      expect(tally.events).toEqual([fault('throttle.user', lost)]);
      const before = limiter.asked.length;
      await tally.take('a');
      expect(limiter.asked).toHaveLength(before);
    }
  });
});

describe('from where a name has succeeded', () => {
  const knownOf = (limiter?: RateLimiter, timeout = 10): Known & { readonly events: OAuthEvent[] } => {
    const events: OAuthEvent[] = [];
    return { events, ...createKnown({ limiter, ask: createAsk(timeout), emit: (event) => events.push(event) }) };
  };

  it('is known to the process that learnt it', async () => {
    const known = knownOf();
    expect([known.has('a'), await known.ask('a')]).toEqual([false, false]);
    known.learn('a');
    known.learn('a');
    await turn();
    expect([known.has('a'), await known.ask('a'), known.has('b'), await known.ask('b'), known.events]).toEqual([true, true, false, false, []]);
  });

  it('is told to the others once, under a name that tells nothing, and asked of them where it is not known', async () => {
    const limiter = watched();
    const [one, other] = [knownOf(limiter), knownOf(limiter)];
    one.learn('user mike@192.0.2.1');
    one.learn('user mike@192.0.2.1');
    await turn();
    expect(verbsOf(limiter)).toEqual(['penalty']);
    const key = limiter.asked[0]![1];
    expect(key).toMatch(/^known:[^ ]{20,64}$/);
    expect(key).not.toMatch(/mike|192/);
    expect(await one.ask('user mike@192.0.2.1')).toBe(true);
    expect(verbsOf(limiter)).toEqual(['penalty']);
    expect(other.has('user mike@192.0.2.1')).toBe(false);
    expect(await other.ask('user mike@192.0.2.1')).toBe(true);
    expect(await other.ask('user mike@192.0.2.2')).toBe(false);
    expect(limiter.asked[1]).toEqual(['get', key]);
    expect(limiter.asked[2]?.[1]).not.toBe(key);
    expect([one.events, other.events]).toEqual([[], []]);
  });

  it('is unknown where the limiter fails, and the operator hears of it', async () => {
    const limiter = watched();
    limiter.broken.get = reject(lost);
    limiter.broken.penalty = reject(lost);
    const known = knownOf(limiter);
    expect(await known.ask('a')).toBe(false);
    expect(known.events).toEqual([fault('throttle.known', expect.objectContaining({ message: 'throttle.known failed', cause: lost }))]);
    known.learn('b');
    await turn();
    expect(known.events[1]).toEqual(fault('throttle.known', lost));
    expect(known.has('b')).toBe(true);
    limiter.broken.penalty = () => { throw lost; };
    known.learn('c');
    await turn();
    expect(known.events[2]).toEqual(fault('throttle.known', lost));
  });
});

describe('where something failed lately', () => {
  it('is remembered for a quarter of an hour, and anew with each failure', () => {
    const now = Date.now();
    holdTime(now);
    const suspects = createSuspects();
    expect(suspects.has('192.0.2.1')).toBe(false);
    suspects.add('192.0.2.1');
    expect([suspects.has('192.0.2.1'), suspects.has('192.0.2.2')]).toEqual([true, false]);
    holdTime(now + 899_999);
    expect(suspects.has('192.0.2.1')).toBe(true);
    holdTime(now + 900_000);
    expect(suspects.has('192.0.2.1')).toBe(false);
    suspects.add('192.0.2.1');
    holdTime(now + 1_700_000);
    expect(suspects.has('192.0.2.1')).toBe(true);
  });
});
