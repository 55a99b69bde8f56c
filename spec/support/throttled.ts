import type { OAuthEvent, ThrottleOptions } from '../../lib';
import type { StartOptions, TestServer } from './app';
import { expectError } from './expect';
import { C1, login, T, type Answer } from './http';
import { serve } from './serve';

type Headers = Readonly<Record<string, string>>;

/** A server that throttles, behind a proxy on this machine: a request may come from any address. */
export function serveThrottled(throttle: boolean | ThrottleOptions = true, { oauth, before, ...options }: StartOptions = {}): Promise<TestServer> {
  return serve({
    ...options,
    oauth: { throttle, ...oauth },
    before: (app, express) => {
      app.set('trust proxy', 'loopback');
      before?.(app, express);
    },
  });
}

export const from = (address: string, headers: Headers = C1): Headers => ({ ...headers, 'x-forwarded-for': address });

/** An address of its own for each number, none of them in the same /64 as another. */
export const stranger = (number: number): string => (number < 200 ? `203.0.113.${String(number)}` : `2001:db8:${number.toString(16)}:1::${number.toString(16)}`);

export const machine = (server: TestServer, headers: Headers): Promise<Answer> => T(server, { grant_type: 'client_credentials' }, headers);

export const tryPassword = (server: TestServer, address: string, password = 'wrong', username = 'U1'): Promise<Answer> =>
  login(server, { username, password }, from(address));

/** The answers to `count` requests, `atOnce` of them under way at a time. */
export async function times(count: number, ask: (number: number) => Promise<Answer>, atOnce = 1): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, at) => first + at);
    answers.push(...(await Promise.all(numbers.map(ask))));
  }
  return answers;
}

export const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
export const countOf = (status: number, answers: readonly Answer[]): number => answers.filter((answer) => answer.status === status).length;

/** D-12: 429, `Retry-After` in whole seconds, `temporarily_unavailable`, and no more. */
export function expectThrottled(answer: Answer | undefined, within: number): void {
  if (answer === undefined) throw new Error('no answer');
  expectError(answer, 429, 'temporarily_unavailable');
  expect(answer.headers.get('www-authenticate')).toBeNull();
  expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
  expect(retryAfter(answer)).toBeLessThanOrEqual(within);
}

export function retryAfter({ headers }: Answer): number {
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
  return Number(headers.get('retry-after'));
}

type Throttled = Extract<OAuthEvent, { type: 'throttled' }>;
export const throttledEvents = ({ events }: TestServer): Throttled[] => events.filter((event) => event.type === 'throttled');
