import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { ExpressMajor, StartOptions } from '../support/app';
import { expectChallenge, expectNoCredentials } from '../support/expect';
import { appErrors, expectPassed, G, serveGuarded, type Guarded } from '../support/guarded';
import { bearer, login, type Answer } from '../support/http';
import { forge } from '../support/jwt';
import { rawGet, sendRaw } from '../support/raw';
import { MAJORS } from '../support/serve';
import { storeAround, type Verb } from '../support/store';

const nobody = `at_${'A'.repeat(43)}`;

// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a store may do, and a fault all the same
const rejectWithNothing = (): Promise<never> => Promise.reject();
const never = (): Promise<never> => new Promise(() => undefined);

describe.each(MAJORS)('requireBearer on Express %i: when a part fails', (express: ExpressMajor) => {
  const failing = (verb: Verb, answer: (call: () => unknown) => unknown, format: 'jwt' | 'opaque' = 'opaque'): StartOptions => ({
    oauth: { accessToken: { format }, timeout: 0.05, store: storeAround((one, call) => (one === verb ? answer(call) : call())) },
  });
  const expectFault = (server: Guarded, answer: Answer, status: 500 | 503): void => {
    expect({ status: answer.status, error: answer.json['error'] }).toEqual({ status, error: status === 503 ? 'temporarily_unavailable' : 'server_error' });
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    expect(answer.headers.get('retry-after')).toEqual(status === 503 ? expect.stringMatching(/^\d+$/) : null);
    expect(answer.text).not.toMatch(/cause-7c1/);
    expect(server.events.filter(({ type }) => type === 'fault')).not.toEqual([]);
    expect(server.ran()).toBe(0);
  };
  const causes: readonly [string, () => unknown][] = [
    ['throws', () => { throw new Error('cause-7c1'); }],
    ['rejects', () => Promise.reject(new Error('cause-7c1'))],
    ['rejects with nothing', rejectWithNothing],
    ['never answers', never],
  ];

  it.each(causes)('BR-20 answers 503 and does not run the handler when the store %s over an opaque token, optional or not', async (_how, fail) => {
    for (const optional of [false, true]) {
      const server = await serveGuarded(express, (oauth) => oauth.requireBearer([], { optional }), failing('findAccessToken', fail));
      expectFault(server, await G(server, bearer(nobody)), 503);
    }
  });

  it.each(causes)('BR-20 answers 503 and does not run the handler when the store %s over what was revoked', async (_how, fail) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), failing('revocations', fail, 'jwt'));
    expectFault(server, await G(server, bearer(forge())), 503);
    expectFault(server, await G(server, bearer(forge())), 503);
  });

  it('BR-20 does not run the handler when a yes comes after the time is over', async () => {
    let release = (): void => undefined;
    const late = new Promise<void>((resolve) => { release = resolve; });
    const slow = async (call: () => unknown): Promise<unknown> => {
      await late;
      return call();
    };
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), failing('findAccessToken', slow));
    const { json } = await login(server, { scope: 'a' });
    expectFault(server, await G(server, bearer(json['access_token'])), 503);
    release();
    await new Promise(setImmediate);
    expect(server.ran()).toBe(0);
    expectPassed(await G(server, bearer(json['access_token'])));
  });

  const nonsense = ['', 'no JSON', 'null', '[]', '{}', '1', '"x"', 'true', '{"sub":"x"}', 1, true, {}, [], () => undefined, Symbol('x'), { then: 1 }];
  it.each(nonsense.map((answer): [string, unknown] => [String(typeof answer === 'symbol' ? 'a symbol' : JSON.stringify(answer)), answer]))('BR-20 does not run the handler when the store answers %s', async (_text, content) => {
    for (const answer of [content, Promise.resolve(content)]) {
      const server = await serveGuarded(express, (oauth) => oauth.requireBearer([], { optional: true }), failing('findAccessToken', () => answer));
      const refused = await G(server, bearer(nobody));
      expect([401, 500, 503]).toContain(refused.status);
      if (refused.status === 401) expectChallenge(refused, 401, 'invalid_token');
      else expectFault(server, refused, refused.status as 500 | 503);
      expect(server.ran()).toBe(0);
    }
  });

  it.each([null, undefined])('BR-20 takes %s of the store for: no such token', async (content) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(), failing('findAccessToken', () => content));
    expectChallenge(await G(server, bearer(nobody)), 401, 'invalid_token');
    expect(server.ran()).toBe(0);
  });

  it.each(nonsense.map((answer): [string, unknown] => [String(typeof answer === 'symbol' ? 'a symbol' : JSON.stringify(answer)), answer]))('BR-20 does not run the handler when the store answers %s for the list of revocations', async (_text, page) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), failing('revocations', () => page, 'jwt'));
    const refused = await G(server, bearer(forge()));
    expectFault(server, refused, refused.status as 500 | 503);
  });

  const withErrors = (options: StartOptions = {}): StartOptions => ({
    ...options,
    routes: (app, oauth) => {
      app.get('/throws', oauth.requireBearer('a'), () => { throw new Error('of the app'); });
      app.get('/passes-on', oauth.requireBearer('a'), (_req, _res, next) => { next(new Error('of the app')); });
      app.use(appErrors);
    },
  });
  it.each([['at once', 'jwt'], ['later', 'opaque']] as const)('leaves what the handler throws to the app where the yes comes %s', async (_when, format) => {
    const late = storeAround(async (_verb, call) => {
      await new Promise(setImmediate);
      return call();
    });
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), withErrors({ oauth: { accessToken: { format }, store: late } }));
    const { json } = await login(server, { scope: 'a' });
    for (const path of ['/throws', '/passes-on']) {
      const answer = await G(server, bearer(json['access_token']), {}, path);
      expect({ status: answer.status, json: answer.json }).toEqual({ status: 418, json: { name: 'Error', message: 'of the app' } });
      expect(answer.headers.get('www-authenticate')).toBeNull();
      expectNoCredentials(await G(server, {}, {}, path));
    }
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('BR-20 answers even where the response it would write to is broken, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => { unhandled.push(reason); };
    process.on('unhandledRejection', note);
    const breaks: RequestHandler = (_req, res, next) => {
      res.writeHead = () => { throw new Error('broken by the app'); };
      next();
    };
    const server = await serveGuarded(express, (oauth) => [breaks, oauth.requireBearer('a')], {
      oauth: { store: storeAround(async (_verb, call) => call()) },
      routes: (app) => app.use(((error: Error, _req, res, next) => {
        if (res.socket === null) next(error);
        else res.socket.end('HTTP/1.1 500 Broken\r\nConnection: close\r\n\r\n');
      }) as ErrorRequestHandler),
    });
    expect((await sendRaw(server, rawGet('/guarded', `Authorization: Bearer ${nobody}`))).status).toBe(500);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect({ unhandled, ran: server.ran() }).toEqual({ unhandled: [], ran: 0 });
  });
});
