import type { Request, Response } from 'express';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import v8 from 'node:v8';
import { createServer } from 'express-token-endpoint/server';
import { oauthRouter, type OAuthRouter } from '../../lib';
import { EXPRESS, type ExpressMajor } from '../support/app';
import { MAJORS } from '../support/serve';

// What V8 itself says of two objects. The flag has to be set before the functions are compiled.
v8.setFlagsFromString('--allow-natives-syntax');
// eslint-disable-next-line @typescript-eslint/no-implied-eval -- no compiler but V8 knows the syntax
const haveSameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;
// eslint-disable-next-line @typescript-eslint/no-implied-eval -- as above
const isTable = new Function('a', 'return !%HasFastProperties(a)') as (a: object) => boolean;

const makeRouter = (): OAuthRouter => oauthRouter({ issuer: 'http://localhost/oauth', keys: [{ alg: 'HS256', secret: 'x'.repeat(32) }], findClient: () => undefined });

interface Pair {
  readonly requests: readonly Request[];
  readonly responses: readonly Response[];
}

/** Two requests that a route has in its hands at the same time, after it has added to both. */
async function meet(major: ExpressMajor, path: string, listen: 'app.listen' | 'createServer'): Promise<Pair> {
  const express = EXPRESS[major];
  const app = express();
  const oauth = makeRouter();
  const here: [Request, Response][] = [];
  const route = (req: Request, res: Response): void => {
    Object.assign(req, { added: 1 });
    here.push([req, res]);
    if (here.length === 2) for (const [, each] of here) each.end();
  };
  app.get('/bare', route);
  app.use('/oauth', oauth);
  app.get('/oauth/elsewhere', route);
  const inner = express();
  inner.get('/optional', oauth.requireBearer([], { optional: true }), route);
  app.use('/inner', inner);
  app.get('/optional', oauth.requireBearer([], { optional: true }), route);
  const server = (listen === 'createServer' ? createServer(app) : http.createServer(app)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`;
  await Promise.all([fetch(url), fetch(url)]);
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { requests: here.map(([req]) => req), responses: here.map(([, res]) => res) };
}

/** V8 forgets the shape of tables where it collects garbage between two of them, and settles the size of objects as they come. */
const TRIES = 10;

/** Whether two that meet have one shape, requests and responses alike. */
async function shareShapes(major: ExpressMajor, path: string, listen: 'app.listen' | 'createServer'): Promise<boolean> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { requests, responses } = await meet(major, path, listen);
    if (same(requests) && same(responses)) return true;
  }
  return false;
}

const same = ([a, b]: readonly object[]): boolean => a !== undefined && b !== undefined && haveSameMap(a, b);

describe.each(MAJORS)('the shapes of requests and responses on Express %i', (major) => {
  it.each(['/optional', '/oauth/elsewhere'])('are the same for all that went through %s', async (path) => {
    expect(await shareShapes(major, path, 'app.listen')).toBe(true);
  });

  it.each(['/bare', '/optional', '/oauth/elsewhere'])('stay as createServer made them at %s', async (path) => {
    const { requests, responses } = await meet(major, path, 'createServer');
    expect([same(requests), same(responses)]).toEqual([true, true]);
    expect([...requests, ...responses].some(isTable)).toBe(false);
  });

  it('are the same for all that went to an app inside the one that createServer knows', async () => {
    expect(await shareShapes(major, '/inner/optional', 'createServer')).toBe(true);
  });

  it('change nothing else about them', async () => {
    const [bare, through] = await Promise.all(['/bare', '/optional'].map((path) => meet(major, path, 'app.listen')));
    const namesOf = (of: readonly object[] = []): unknown => of.map((one) => Reflect.ownKeys(one).map(String).sort());
    expect(namesOf(through?.requests)).toEqual(namesOf(bare?.requests));
    expect(namesOf(through?.responses)).toEqual(namesOf(bare?.responses));
  });

  it('are left alone where they take nothing', async () => {
    const oauth = makeRouter();
    const optional = oauth.requireBearer([], { optional: true });
    const refusing = new Proxy({}, { set: () => false });
    for (const res of [Object.freeze({}), refusing, undefined]) {
      const called: unknown[] = [];
      optional({ headers: {}, rawHeaders: [] } as never, res as never, (...args: unknown[]) => { called.push(args); });
      expect(called).toEqual([[]]);
    }
  });
});
