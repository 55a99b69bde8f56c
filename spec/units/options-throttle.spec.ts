import { RateLimiterMemory } from 'rate-limiter-flexible';
import { collectProblems } from '../../lib/options/check';
import { readThrottle } from '../../lib/options/throttle';
import { DEFAULT_LIMITS, type CounterName, type ThrottleSettings } from '../../lib/throttle/limits';

const COUNTERS: readonly CounterName[] = ['userAndAddress', 'user', 'address', 'clientAndAddress', 'client', 'token'];
const MONTH = 30 * 86_400;

/** What these options become, and the lines that say what is wrong with them. */
function read(throttle: unknown): { readonly settings: ThrottleSettings | undefined; readonly problems: readonly string[] } {
  const problems = collectProblems('oauthRouter');
  const settings = readThrottle(throttle, problems);
  try {
    problems.throwIfAny();
  } catch (error) {
    return { settings, problems: (error as Error).message.split('\n').slice(1) };
  }
  return { settings, problems: [] };
}

function accepted(throttle: unknown): ThrottleSettings | undefined {
  const { settings, problems } = read(throttle);
  expect(problems).toEqual([]);
  return settings;
}

const defaults = {
  userAndAddress: { points: 10, duration: 900, shared: undefined },
  user: { points: 100, duration: 3600, shared: undefined },
  address: { points: 100, duration: 900, shared: undefined },
  clientAndAddress: { points: 20, duration: 300, shared: undefined },
  client: { points: 2000, duration: 900, shared: undefined },
  token: { points: 500, duration: 60, shared: undefined },
  known: undefined,
};

describe('the option throttle', () => {
  it.each([[undefined], [true], [{}]])('is on as it comes for %p', (throttle) => {
    expect(accepted(throttle)).toEqual(defaults);
  });

  it('is off for false', () => {
    expect(accepted(false)).toBeUndefined();
  });

  it.each([[null], [0], [1], ['off'], [''], [[]]])('is no %p', (throttle) => {
    expect(read(throttle).problems).toEqual([expect.stringMatching(/^- throttle: received .+, wanted an object$/)]);
  });

  it('has no other names than its counters and known', () => {
    expect(read({ logins: {} }).problems).toEqual([`- throttle.logins: received an object, wanted an option that exists; there are ${[...COUNTERS, 'known'].join(', ')}`]);
    expect(read({ users: {} }).problems).toEqual(['- throttle.users: received an object, wanted an option that exists; did you mean user?']);
  });
});

describe.each(COUNTERS)('the limit %s', (name) => {
  it('is changed alone, and half of it alone', () => {
    expect(accepted({ [name]: { points: 7, duration: 11 } })).toEqual({ ...defaults, [name]: { points: 7, duration: 11, shared: undefined } });
    expect(accepted({ [name]: { points: 7 } })?.[name]).toEqual({ ...defaults[name], points: 7 });
    expect(accepted({ [name]: { duration: 11 } })?.[name]).toEqual({ ...defaults[name], duration: 11 });
    expect(accepted({ [name]: undefined })).toEqual(defaults);
  });

  it('counts from one to a million in whole numbers', () => {
    for (const points of [1, 1_000_000]) expect(accepted({ [name]: { points } })?.[name].points).toBe(points);
    for (const points of [0, -1, 1.5, 1_000_001, Infinity, Number.NaN, '10', null]) {
      expect(read({ [name]: { points } }).problems).toEqual([expect.stringMatching(new RegExp(`^- throttle\\.${name}\\.points: received .+, wanted a whole number from 1 to 1000000$`))]);
    }
  });

  it('lasts from a second to thirty days', () => {
    for (const duration of [1, MONTH]) expect(accepted({ [name]: { duration } })?.[name].duration).toBe(duration);
    for (const duration of [0, 0.5, MONTH + 1, '60', null]) {
      expect(read({ [name]: { duration } }).problems).toEqual([expect.stringMatching(new RegExp(`^- throttle\\.${name}\\.duration: received .+, wanted a whole number of seconds from 1 to 2592000$`))]);
    }
  });

  it('has no other names', () => {
    expect(read({ [name]: { window: 5 } }).problems).toEqual([`- throttle.${name}.window: received a number, wanted an option that exists; there are points, duration`]);
    for (const wrong of [null, 10, true, 'x']) expect(read({ [name]: wrong }).problems).toEqual([expect.stringMatching(new RegExp(`^- throttle\\.${name}: received .+, wanted an object$`))]);
  });

  it('may be a limiter, whose points and duration hold in this process too', () => {
    const shared = new RateLimiterMemory({ points: 3, duration: 30 });
    expect(accepted({ [name]: shared })).toEqual({ ...defaults, [name]: { points: 3, duration: 30, shared } });
    expect(accepted({ [name]: shared })?.[name].shared).toBe(shared);
  });
});

describe('a limiter of rate-limiter-flexible', () => {
  const verb = (): Promise<unknown> => Promise.resolve();
  const bare = { consume: verb, penalty: verb, reward: verb, get: verb };
  const fallback = DEFAULT_LIMITS.token;
  const ownLimit = (limiter: object): unknown => {
    const token = accepted({ token: limiter })?.token;
    return token && { points: token.points, duration: token.duration };
  };

  it('leaves the default where it says nothing of its own that this process could count by', () => {
    expect(ownLimit(bare)).toEqual(fallback);
    for (const points of [0, 1.5, '4', Infinity, 1_000_001]) expect(ownLimit({ ...bare, points, duration: 5 })).toEqual({ points: fallback.points, duration: 5 });
    for (const duration of [0, -1, '30', Number.NaN]) expect(ownLimit({ ...bare, points: 4, duration })).toEqual({ points: 4, duration: fallback.duration });
  });

  it('may count by less than a second, and by more than the thirty days that this process remembers', () => {
    expect(ownLimit({ ...bare, points: 4, duration: 0.5 })).toEqual({ points: 4, duration: 0.5 });
    expect(ownLimit({ ...bare, points: 4, duration: 2 * MONTH })).toEqual({ points: 4, duration: MONTH });
  });

  it.each(['consume', 'penalty', 'reward', 'get'])('is none without %s', (lacking) => {
    const { problems } = read({ known: { ...bare, [lacking]: undefined } });
    expect(problems).toEqual(['- throttle.known: received an object, wanted a limiter of rate-limiter-flexible: an object with consume, penalty, reward, get']);
    expect(read({ token: { ...bare, [lacking]: 'x' } }).problems).not.toEqual([]);
  });

  it('tells what is known between processes', () => {
    const known = new RateLimiterMemory({ points: 1, duration: 600 });
    const settings = accepted({ known });
    expect(settings).toEqual({ ...defaults, known });
    expect(settings?.known).toBe(known);
    for (const wrong of [null, 'redis', 7, {}, verb]) expect(read({ known: wrong }).problems).toEqual([expect.stringMatching(/^- throttle\.known: received .+, wanted a limiter/)]);
  });
});
