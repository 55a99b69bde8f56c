import type { RateLimiter, ThrottleOptions } from '../../lib';
import { PASSWORD, type TestServer } from './app';
import { expectE401, expectOk } from './expect';
import { basic, C1, introspect, RS1 } from './http';
import { countOf, expectThrottled, from, machine, retryAfter, serveThrottled, statuses, stranger, times, tryPassword } from './throttled';

type MakeLimiter = (limit: { readonly keyPrefix: string; readonly points: number; readonly duration: number }) => RateLimiter | Promise<RateLimiter>;

const USUAL = '198.51.100.7';
const ELSEWHERE = '192.0.2.44';
let made = 0;

/** What holds between processes that were handed the same kind of limiter; each server here counts for itself otherwise. */
export function sharedLimiters(makeLimiter: MakeLimiter, dump?: () => Promise<string>): void {
  const prefix = (): string => `spec-${String(process.pid)}-${String((made += 1))}`;
  const limiter = (name: string, points: number, duration = 60): Promise<RateLimiter> => Promise.resolve(makeLimiter({ keyPrefix: `${prefix()}-${name}`, points, duration }));
  const two = async (throttle: ThrottleOptions): Promise<[TestServer, TestServer]> => [await serveThrottled(throttle), await serveThrottled(throttle)];

  it('OW-10 counts wrong passwords together, for an address and for all of them', async () => {
    const [one, other] = await two({ userAndAddress: await limiter('pair', 6), user: await limiter('user', 20) });
    expect(statuses(await times(3, () => tryPassword(one, ELSEWHERE)))).toEqual([400, 400, 400]);
    expect(statuses(await times(5, () => tryPassword(other, ELSEWHERE)))).toEqual([400, 400, 400, 429, 429]);
    const refused = await tryPassword(one, ELSEWHERE, PASSWORD);
    expectThrottled(refused, 60);
    expectOk(await tryPassword(other, USUAL, PASSWORD));
    const spread = await times(40, (number) => tryPassword(number % 2 === 0 ? one : other, stranger(number)), 8);
    expect([countOf(400, spread), countOf(429, spread)]).toEqual([14, 26]);
    expectThrottled(await tryPassword(one, stranger(60), PASSWORD), 60);
  });

  it('OW-10 gives back what a success took', async () => {
    const shared = await limiter('pair', 5);
    const [one, other] = await two({ userAndAddress: shared, user: await limiter('user', 5), address: await limiter('address', 5) });
    for (const server of [one, other, one, other, one, other, one, other]) expectOk(await tryPassword(server, USUAL, PASSWORD));
    expect(statuses(await times(6, (number) => tryPassword([one, other][number % 2]!, USUAL)))).toEqual([400, 400, 400, 400, 400, 429]);
  });

  it('OW-10 CA-18 counts wrong secrets and random tokens together', async () => {
    const [one, other] = await two({ clientAndAddress: await limiter('client', 4), token: await limiter('token', 4) });
    const wrong = from(ELSEWHERE, basic('C1', 'wrong'));
    expect(statuses(await times(6, (number) => machine([one, other][number % 2]!, wrong)))).toEqual([401, 401, 401, 401, 429, 429]);
    expectOk(await machine(other, from(USUAL, C1)));
    expect(statuses(await times(6, (number) => introspect([one, other][number % 2]!, 'x', from(USUAL, RS1))))).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it('BP-08 tells the others from where a user has logged in before', async () => {
    const [one, other] = await two({ user: await limiter('user', 5), known: await limiter('known', 1, 600) });
    expectOk(await tryPassword(one, USUAL, PASSWORD));
    await times(10, (number) => tryPassword(other, stranger(number)));
    expectThrottled(await tryPassword(other, ELSEWHERE, PASSWORD), 60);
    expectOk(await tryPassword(other, USUAL, PASSWORD));
  });

  it('OW-10 lets a user in who has waited', async () => {
    const [one] = await two({ userAndAddress: await limiter('pair', 2, 2) });
    const answers = await times(3, () => tryPassword(one, ELSEWHERE));
    expect(retryAfter(answers[2]!)).toBeLessThanOrEqual(2);
    while ((await tryPassword(one, ELSEWHERE, PASSWORD)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  });

  if (dump) {
    it('OW-10 gives the limiter no name to keep', async () => {
      const [one] = await two({ userAndAddress: await limiter('pair', 5), user: await limiter('user', 5), clientAndAddress: await limiter('client', 5) });
      await tryPassword(one, USUAL, 'wrong', 'typed-the-password-here');
      expectE401(await machine(one, from(USUAL, basic('typed-the-secret-here', 'wrong'))));
      const text = await dump();
      expect(text).toMatch(/spec-/);
      expect(text).not.toMatch(/typed|198\.51\.100/);
    });
  }
}
