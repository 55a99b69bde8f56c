import { memoryStore, type OAuthRouterOptions, type TokenStore } from '../../../lib';
import type { TestServer } from '../../support/app';
import { holdTime, passTime } from '../../support/clock';
import { expectError, expectOk } from '../../support/expect';
import { C2, introspect, login, refresh, revoke, type Answer } from '../../support/http';
import { serve } from '../../support/serve';
import { storeAround, type Verb } from '../../support/store';

const tokenOf = ({ json }: Answer): string => String(json['refresh_token']);
const refused = (answer: Answer): void => { expectError(answer, 400, 'invalid_grant'); };

interface Watched {
  readonly server: TestServer;
  /** The verbs that were asked since the last call, the reading of the list of revocations left out. */
  asked(): Verb[];
}

/** A server on a store that answers as one over a network does. Several may share `inner`, as processes share a database. */
async function watch(oauth: Partial<OAuthRouterOptions> = {}, inner: TokenStore = memoryStore()): Promise<Watched> {
  const verbs: Verb[] = [];
  const store = storeAround(async (verb, call) => {
    if (verb !== 'revocations') verbs.push(verb);
    return call();
  }, inner);
  const server = await serve({ oauth: { store, ...oauth } });
  return { server, asked: () => verbs.splice(0) };
}

/** Logs in and refreshes once: from then on the process knows the family. */
async function known({ server, asked }: Watched): Promise<{ spent: string; newest: string }> {
  const spent = tokenOf(await login(server));
  const newest = await next(server, spent);
  asked();
  return { spent, newest };
}

async function next(server: TestServer, token: string): Promise<string> {
  const answer = await refresh(server, token);
  expectOk(answer);
  return tokenOf(answer);
}

describe('a refresh after a refresh', () => {
  it('asks the store to rotate, and nothing else', async () => {
    const at = await watch();
    let token = tokenOf(await login(at.server));
    expect(at.asked()).toEqual(['createFamily']);
    token = await next(at.server, token);
    expect(at.asked()).toEqual(['findFamily', 'rotateFamily']);
    for (let turn = 0; turn < 3; turn++) {
      token = await next(at.server, token);
      expect(at.asked()).toEqual(['rotateFamily']);
    }
  });

  it('gives a token that was sent twice the same successor, and goes on with that', async () => {
    const at = await watch();
    const { newest } = await known(at);
    const third = await next(at.server, newest);
    at.asked();
    expect(await next(at.server, newest)).toBe(third);
    expect(at.asked()).toEqual(['findFamily', 'rotateFamily']);
    await next(at.server, third);
    expect(at.asked()).toEqual(['rotateFamily']);
  });

  it('ends the session where a spent token comes back', async () => {
    const at = await watch({ refreshToken: { reuseWindow: 0 } });
    const { spent, newest } = await known(at);
    refused(await refresh(at.server, spent));
    refused(await refresh(at.server, newest));
    expect(at.server.events.map(({ type }) => type)).toContain('token_replayed');
  });

  it.each([[0, 'token_replayed'], [10, 'token_refreshed']] as const)('that another process has rotated meanwhile is judged by the store (window of %i s: %s)', async (reuseWindow, event) => {
    const store = memoryStore();
    const [one, other] = [await watch({ refreshToken: { reuseWindow } }, store), await watch({ refreshToken: { reuseWindow } }, store)];
    const { newest } = await known(one);
    const third = await next(other.server, newest);
    const late = await refresh(one.server, newest);
    expect(one.asked()).toContain('rotateFamily');
    expect(one.server.events.map(({ type }) => type).slice(-3)).toContain(event);
    if (reuseWindow > 0) expect(tokenOf(late)).toBe(third);
    else for (const dead of [late, await refresh(other.server, third), await refresh(one.server, third)]) refused(dead);
  });

  it('takes no token that another process has revoked, whether or not the list of revocations was read since', async () => {
    for (const wait of [0, 3]) {
      const store = memoryStore();
      const [one, other] = [await watch({}, store), await watch({}, store)];
      const { newest } = await known(one);
      expect((await revoke(other.server, newest)).status).toBe(200);
      passTime(wait);
      refused(await refresh(one.server, newest));
      expect((await introspect(one.server, newest)).json).toEqual({ active: false });
    }
  });

  it.each([['its user', { userId: 'user-1' }], ['its client', { clientId: 'C1' }]])('takes no token once %s is revoked', async (_name, target) => {
    const at = await watch();
    const { newest } = await known(at);
    await at.server.oauth.revoke(target);
    refused(await refresh(at.server, newest));
  });

  it('takes no token of another client', async () => {
    const at = await watch();
    const { newest } = await known(at);
    refused(await refresh(at.server, newest, {}, C2));
    await next(at.server, newest);
  });

  it('ends when nobody uses it, and with the session', async () => {
    holdTime(Date.now());
    const at = await watch({ refreshToken: { idleLifetime: 100, absoluteLifetime: 150 } });
    const { newest } = await known(at);
    passTime(99);
    const third = await next(at.server, newest);
    passTime(50);
    const fourth = await next(at.server, third);
    expect(at.asked()).toEqual(['rotateFamily', 'rotateFamily']);
    passTime(1);
    refused(await refresh(at.server, fourth));
    const idle = await known(at);
    passTime(100);
    refused(await refresh(at.server, idle.newest));
    expect(at.asked()).not.toContain('rotateFamily');
  });

  it('loses no session where the rotation fails, done or not', async () => {
    let fail: 'before' | 'after' | undefined;
    const store = storeAround(async (verb, call) => {
      if (verb === 'rotateFamily' && fail === 'before') throw new Error('down');
      const answer = await call();
      if (verb === 'rotateFamily' && fail === 'after') throw new Error('down');
      return answer;
    });
    const at = await watch({}, store);
    for (const moment of ['before', 'after'] as const) {
      const { newest } = await known(at);
      fail = moment;
      expectError(await refresh(at.server, newest), 503, 'temporarily_unavailable');
      fail = undefined;
      await next(at.server, await next(at.server, newest));
    }
  });

  it.each(['findFamily', 'revocations'] as const)('keeps nothing from whom a look is asked: %s is broken', async (verb) => {
    let broken = false;
    const store = storeAround(async (asked, call) => {
      if (broken && asked === verb) throw new Error('down');
      return call();
    });
    const at = await watch({}, store);
    const { newest } = await known(at);
    passTime(3);
    broken = true;
    expectError(await introspect(at.server, newest), 503, 'temporarily_unavailable');
    expectError(await revoke(at.server, newest), 503, 'temporarily_unavailable');
    broken = false;
    await next(at.server, newest);
  });

  it('asks findUser and grantScopes each time', async () => {
    let user: { id: string } | undefined = { id: 'user-1' };
    const at = await watch({ findUser: () => user });
    const { newest } = await known(at);
    const third = await next(at.server, newest);
    user = undefined;
    refused(await refresh(at.server, third));
    user = { id: 'user-1' };
    refused(await refresh(at.server, third));
  });
});
