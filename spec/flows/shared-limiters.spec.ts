import Redis from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { oauthRouter } from '../../lib';
import { ISSUER, PASSWORD, type TestServer } from '../support/app';
import { freePorts } from '../support/engines/process';
import { expectOk } from '../support/expect';
import { C1 } from '../support/http';
import { sharedLimiters } from '../support/shared-limiters';
import { from, machine, serveThrottled, statuses, times, tryPassword } from '../support/throttled';

describe('limiters that are handed in, in one process', () => {
  sharedLimiters((limit) => new RateLimiterMemory(limit));
});

describe('a limiter whose store is gone', () => {
  const USUAL = '198.51.100.7';
  const clients: Redis[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
  });
  /** Through a real client of a server that is not there. */
  async function serveWithout(offlineQueue: boolean): Promise<TestServer> {
    const [port = 0] = await freePorts(1);
    const storeClient = new Redis({ port, enableOfflineQueue: offlineQueue, maxRetriesPerRequest: null, disconnectTimeout: 10 });
    storeClient.on('error', () => undefined);
    clients.push(storeClient);
    const limiter = (keyPrefix: string, points: number): RateLimiterRedis => new RateLimiterRedis({ storeClient, keyPrefix, points, duration: 60 });
    return serveThrottled({ userAndAddress: limiter('pair', 4), user: limiter('user', 50), token: limiter('token', 5), known: limiter('known', 1) });
  }
  const faults = ({ events }: TestServer): unknown[] => events.flatMap((event) => (event.type === 'fault' ? [event.where] : []));

  it.each([['fails', false], ['hangs', true]])('OW-10 %s: people log in, and this process counts for itself', async (_name, offlineQueue) => {
    const server = await serveWithout(offlineQueue);
    expectOk(await tryPassword(server, USUAL, PASSWORD));
    expect(faults(server)).toEqual(expect.arrayContaining(['throttle.userAndAddress', 'throttle.user']));
    expect(statuses(await times(6, () => tryPassword(server, '192.0.2.1')))).toEqual([400, 400, 400, 400, 429, 429]);
    expectOk(await tryPassword(server, USUAL, PASSWORD));
    expectOk(await machine(server, from(USUAL, C1)));
    // Heard of now and then, not with every request.
    expect(faults(server).filter((where) => where === 'throttle.user')).toHaveLength(1);
  });
});

describe('the option throttle', () => {
  const withThrottle = (throttle: unknown) => (): unknown => oauthRouter({ issuer: ISSUER, findClient: () => undefined, throttle: throttle as boolean });

  it.each([
    ['a number', 5, /throttle: received 5, wanted an object/],
    ['a counter that is none', { users: {} }, /throttle\.users: received an object, wanted an option that exists; did you mean user\?/],
    ['no points', { user: { points: 0 } }, /throttle\.user\.points: received 0, wanted a whole number from 1 to 1000000/],
    ['half a second', { user: { duration: 0.5 } }, /throttle\.user\.duration: received 0\.5, wanted a whole number of seconds/],
    ['a limit of another shape', { address: { max: 5 } }, /throttle\.address\.max: received .*, wanted an option that exists/],
    ['half a limiter', { known: { get: () => undefined } }, /throttle\.known: received an object, wanted a limiter of rate-limiter-flexible: an object with consume, penalty, reward, get/],
  ])('OW-10 refuses %s', (_name, throttle, message) => {
    expect(withThrottle(throttle)).toThrow(message);
  });

  it.each([[undefined], [true], [false], [{}], [{ user: {} }], [{ user: { points: 5 }, address: { duration: 60 } }], [{ user: new RateLimiterMemory({ points: 5, duration: 0 }) }]])('OW-10 takes %p', (throttle) => {
    expect(withThrottle(throttle)).not.toThrow();
  });
});
