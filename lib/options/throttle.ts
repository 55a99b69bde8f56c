import { DEFAULT_LIMITS, type CounterName, type CounterSettings, type Limit, type RateLimiter, type ThrottleSettings } from '../throttle/limits';
import { openOptions, type Check, type Problems } from './check';
import { wholeSeconds } from './checks';

const COUNTERS = Object.keys(DEFAULT_LIMITS) as readonly CounterName[];
const VERBS = ['consume', 'penalty', 'reward', 'get'];
const DAY = 86_400;
const MOST = 1_000_000;

const isLimiter = (value: unknown): value is RateLimiter =>
  typeof value === 'object' && value !== null && VERBS.every((verb) => typeof (value as Readonly<Record<string, unknown>>)[verb] === 'function');

const limiter: Check<RateLimiter> = { wanted: `a limiter of rate-limiter-flexible: an object with ${VERBS.join(', ')}`, fits: isLimiter };

const points: Check<number> = {
  wanted: `a whole number from 1 to ${String(MOST)}`,
  fits: (value): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST,
};

/** `true` and nothing: as it comes. `false`: not at all. */
export function readThrottle(options: unknown, problems: Problems): ThrottleSettings | undefined {
  if (options === false) return undefined;
  const given = openOptions('throttle', options === true ? undefined : options, [...COUNTERS, 'known'], problems);
  const counter = (name: CounterName): CounterSettings => readCounter(name, given.values[name], problems);
  return {
    userAndAddress: counter('userAndAddress'),
    user: counter('user'),
    address: counter('address'),
    clientAndAddress: counter('clientAndAddress'),
    client: counter('client'),
    token: counter('token'),
    known: given.optional('known', limiter),
  };
}

function readCounter(name: CounterName, value: unknown, problems: Problems): CounterSettings {
  const fallback = DEFAULT_LIMITS[name];
  if (isLimiter(value)) return { ...ownLimit(value, fallback), shared: value };
  const given = openOptions(`throttle.${name}`, value, ['points', 'duration'], problems);
  return {
    points: given.read('points', points, fallback.points),
    duration: given.read('duration', wholeSeconds(1, 30 * DAY), fallback.duration),
    shared: undefined,
  };
}

/** What this process counts by while it also asks a limiter: as that limiter does, where that makes sense. */
function ownLimit(limiter: RateLimiter, fallback: Required<Limit>): Required<Limit> {
  return {
    points: points.fits(limiter.points) ? limiter.points : fallback.points,
    duration: typeof limiter.duration === 'number' && limiter.duration > 0 ? Math.min(limiter.duration, 30 * DAY) : fallback.duration,
  };
}
