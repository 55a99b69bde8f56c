import { connect } from 'node:net';
import { inspect } from 'node:util';
import { OAuthError } from '../../lib';
import type { ExpressMajor } from '../support/app';
import { ASKED_BY, faultCauses, FLOWS, newSession, SEAMS, serveBreakable, settle, type Breakable, type Flow, type Seam, type Session } from '../support/breakable';
import { passTime } from '../support/clock';
import { expectChallenge, expectE401, expectError, expectOk } from '../support/expect';
import { login, refresh, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

const SECRET = 'SECRET-xyz';
/** A timeout for what hangs, in seconds: what does not hang must not come near it on a busy machine. */
const SHORT = 0.25;

/** D-13: what the client hears of a part that is down. */
function expectUnavailable(answer: Answer): void {
  expectError(answer, 503, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expectNoDetail(answer);
}

function expectServerError(answer: Answer): void {
  expectError(answer, 500, 'server_error');
  expectNoDetail(answer);
}

/** Nothing of the cause and no stack, in the body or in a header. */
function expectNoDetail({ text, headers }: Answer): void {
  const wire = `${text}\n${[...headers].join('\n')}`;
  expect(wire).not.toContain(SECRET);
  expect(wire).not.toMatch(/\bat .*:\d+|node_modules|\.ts\b|\.js\b|Error:|TypeError/);
}

/** A flow that is to be cut off by a fault. */
interface Cut {
  readonly flow: Flow;
  readonly breakable: Breakable;
  readonly session: Session;
}

/** The same request where nothing is broken any more: the process lives, and the fault has burnt nothing. */
async function expectMended({ flow, breakable, session }: Cut): Promise<void> {
  breakable.mend();
  const answer = await FLOWS[flow](breakable, session);
  expect({ flow, status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({ flow, status: 200, text: '' });
}

function goneProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function unreadable(): unknown {
  const get = (): never => { throw new Error(SECRET); };
  return Object.defineProperties(new Error(), { message: { get }, stack: { get } });
}

const fault = (): Error => new Error(`${SECRET} at Object.<anonymous> (/srv/app/users.ts:1:1)`);

describe.each(MAJORS)('faults on Express %i', (express: ExpressMajor) => {
  describe.each(SEAMS)('ERR-04 ERR-05 ERR-06 %s', (seam: Seam) => {
    /** Every flow that asks this seam, each on a server of its own, all at the same time. */
    const inEveryFlow = async (timeout: number, work: (cut: Cut) => Promise<void>): Promise<void> => {
      const flows = ASKED_BY[seam].map(async (flow) => {
        const breakable = await serveBreakable(express, { timeout });
        const session = await newSession(breakable);
        breakable.server.events.length = 0;
        await work({ flow, breakable, session }).catch((problem: unknown) => {
          throw new Error(`during ${flow}`, { cause: problem });
        });
      });
      await Promise.all(flows);
      await settle();
    };
    const cutOff = async ({ flow, breakable, session }: Cut, behaviour: () => unknown): Promise<void> => {
      breakable.breakSeam(seam, behaviour);
      const answer = await FLOWS[flow](breakable, session);
      expect(breakable.asked()).toBe(1);
      expectUnavailable(answer);
      expect(breakable.server.events.map(({ type }) => type)).toEqual(['fault']);
    };

    it.each([
      ['throws', (cause: Error) => (): never => { throw cause; }],
      ['rejects', (cause: Error) => () => Promise.reject(cause)],
    ])('%s', async (_name, failing) => {
      await inEveryFlow(10, async (cut) => {
        const cause = fault();
        await cutOff(cut, failing(cause));
        expect(faultCauses(cut.breakable.server.events)).toContain(cause);
        await expectMended(cut);
      });
    });

    it('never answers', async () => {
      await inEveryFlow(SHORT, async (cut) => {
        await cutOff(cut, () => new Promise(() => undefined));
        expect(String(faultCauses(cut.breakable.server.events)[0])).toMatch(/timeout/);
        await expectMended(cut);
      });
    });

    it.each(['answers', 'rejects'] as const)('%s when nobody waits any more', async (way) => {
      await inEveryFlow(SHORT, async (cut) => {
        let late = (): void => undefined;
        await cutOff(cut, () => new Promise((resolve, reject) => {
          late = () => {
            if (way === 'answers') resolve(undefined);
            else reject(fault());
          };
        }));
        late();
        await settle();
        await expectMended(cut);
        expect(cut.breakable.server.events.filter(({ type }) => type === 'fault')).toHaveLength(1);
      });
    });
  });

  // Made where they are thrown: jest looks at what stands in its tables.
  const oddities: [string, () => unknown][] = [
    ['undefined', () => undefined], ['null', () => null], ['a text', () => SECRET], ['a number', () => 0], ['false', () => false], ['a symbol', () => Symbol(SECRET)],
    ['an object', () => ({ message: SECRET })], ['a function', () => () => SECRET], ['a frozen error', () => Object.freeze(new Error(SECRET))],
    ['an error without prototype', () => Object.setPrototypeOf(new Error(SECRET), null) as unknown],
    ['what pretends to be a refusal', () => Object.assign(new Error(SECRET), { name: 'OAuthError', code: 'invalid_grant', status: 200, description: SECRET })],
    ['what pretends to be an answer', () => ({ status: 200, statusCode: 200, headers: { 'x-leak': SECRET }, body: SECRET, expose: true })],
    ['an error that cannot be read', unreadable], ['a proxy that is gone', goneProxy], ['a promise', () => Promise.resolve(SECRET)],
    ['a thenable', () => ({ then: () => { throw new Error(SECRET); } })],
  ];
  it.each(oddities)('OW-19 ERR-04 ERR-05 keeps %s inside, thrown or rejected', async (_name, make) => {
    for (const seam of ['findClient', 'verifyUser', 'createFamily'] as const) {
      for (const behaviour of [() => { throw make(); }, async () => { throw make(); }, () => new Promise((_, reject) => { setImmediate(reject, make()); })]) {
        const breakable = await serveBreakable(express);
        breakable.breakSeam(seam, behaviour);
        const answer = await FLOWS.password(breakable);
        expect([500, 503]).toContain(answer.status);
        expectError(answer, answer.status, answer.status === 500 ? 'server_error' : 'temporarily_unavailable');
        expectNoDetail(answer);
        expect(breakable.server.events.filter(({ type }) => type === 'fault')).toHaveLength(1);
      }
    }
    await settle();
  });

  it('ERR-05 tells the console where nobody listens, and answers though what was thrown cannot be printed', async () => {
    const said: unknown[][] = [];
    const { error } = console;
    const unprintable = new Proxy({}, { get: () => { throw new Error(SECRET); } });
    const causes = [fault(), unprintable, goneProxy()];
    console.error = (...args: unknown[]) => {
      said.push(args);
      // As the real one does with what it is to print.
      args.forEach((arg) => { if (arg === unprintable) throw new Error(SECRET); });
    };
    try {
      for (const cause of causes) {
        const breakable = await serveBreakable(express, { onEvent: undefined as never });
        breakable.breakSeam('verifyUser', () => { throw cause; });
        const answer = await FLOWS.password(breakable);
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expectNoDetail(answer);
      }
      await settle();
    } finally {
      console.error = error;
    }
    expect(said).toHaveLength(causes.length);
    expect(faultCauses([{ type: 'fault', where: '', cause: said[0]?.at(-1) }])).toContain(causes[0]);
  });

  describe('answers nonsense', () => {
    const NO = [undefined, null, false];
    const PRIMITIVES = [true, 0, 7, Number.NaN, '', 'text', 10n, Symbol('s')];
    const OBJECTS = [{}, [], [{}], [[]], () => ({}), new Date(), /x/, new Error(SECRET), Object.create(null), new Map([['id', 'C1']])];
    const THROWING = [new Proxy({}, { get: () => { throw new Error(SECRET); } })];

    /** Answers each of these, one at once and one later, and looks at what comes of it. */
    const answering = async (seam: Seam, flow: Flow, values: readonly unknown[], check: (answer: Answer, breakable: Breakable) => void): Promise<void> => {
      const breakable = await serveBreakable(express);
      for (const [at, value] of values.entries()) {
        breakable.mend();
        const session = await newSession(breakable);
        breakable.server.events.length = 0;
        breakable.breakSeam(seam, at % 2 === 0 ? () => value : async () => value);
        const answer = await FLOWS[flow](breakable, session);
        expectNoDetail(answer);
        try {
          check(answer, breakable);
        } catch (problem) {
          throw new Error(`${seam} answered ${describeValue(value)}: ${answer.text}`, { cause: problem });
        }
      }
      await settle();
    };
    const isFault = (answer: Answer, { server }: Breakable): void => {
      expect([500, 503]).toContain(answer.status);
      expectError(answer, answer.status, answer.status === 500 ? 'server_error' : 'temporarily_unavailable');
      expect(server.events.map(({ type }) => type)).toEqual(['fault']);
    };
    const isServerError = (answer: Answer, breakable: Breakable): void => {
      isFault(answer, breakable);
      expectServerError(answer);
    };

    it('findClient: no client is E401, what is none is a fault', async () => {
      const client = { id: 'C1', secretHash: 'x', grants: ['password'], scopes: ['a'] };
      const wrong = [client, { ...client, secretHash: undefined, grants: 'password' }, { ...client, secretHash: undefined, scopes: ['a b'] }, { id: 'C1' }];
      await answering('findClient', 'password', NO, expectE401);
      await answering('findClient', 'password', [{ ...client, secretHash: undefined, id: 'c1' }], expectE401);
      await answering('findClient', 'password', [...PRIMITIVES, ...OBJECTS, ...THROWING, ...wrong], isFault);
      await answering('findClient', 'revocation of a refresh token', [...PRIMITIVES, ...OBJECTS], isFault);
    });

    it('PW-10 verifyUser: what is no user is a no, and the operator hears of it', async () => {
      await answering('verifyUser', 'password', NO, (answer, { server }) => {
        expectError(answer, 400, 'invalid_grant');
        expect(server.events.map(({ type }) => type)).toEqual(['login_failed', 'token_refused']);
      });
      const wrong = [{ get id() { throw new Error(SECRET); } }, { id: 'u', get scopes() { throw new Error(SECRET); } }];
      await answering('verifyUser', 'password', [...PRIMITIVES, ...OBJECTS, ...wrong], (answer, { server }) => {
        expectError(answer, 400, 'invalid_grant');
        expect(server.events.map(({ type }) => type)).toContain('fault');
      });
    });

    it('findUser: what is no user ends no session', async () => {
      const values = [...PRIMITIVES, ...OBJECTS, ...THROWING];
      for (const flow of ['refresh_token', 'introspection', 'introspection of a refresh token', 'userinfo'] as const) await answering('findUser', flow, values, isFault);
      const breakable = await serveBreakable(express);
      const session = await newSession(breakable);
      breakable.breakSeam('findUser', () => true);
      expectServerError(await FLOWS.refresh_token(breakable, session));
      breakable.mend();
      expectOk(await FLOWS.refresh_token(breakable, session));
    });

    it.each(['client_credentials', 'password', 'refresh_token', 'a grant of the app'] as const)('grantScopes during %s: what is no list of scopes is a fault, an empty one a refusal', async (flow) => {
      await answering('grantScopes', flow, [...NO, ...PRIMITIVES, ...OBJECTS.filter((value) => !Array.isArray(value) || value.length > 0), ['a b'], ['a', 7], ['']], isServerError);
      await answering('grantScopes', flow, THROWING, isFault);
      await answering('grantScopes', flow, [[]], (answer) => { expectError(answer, 400, 'invalid_scope'); });
    });

    it.each(['client_credentials', 'password', 'refresh_token', 'a grant of the app'] as const)('accessToken.claims during %s: what is no object of claims is a fault', async (flow) => {
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      const reserved = ['sub', 'aud', 'exp', 'client_id', 'scope', 'iss', 'jti', 'auth_time', 'sid', 'cnf'].map((name) => ({ [name]: 'mine' }));
      await answering('claims', flow, [...NO, ...PRIMITIVES, [], ['a'], () => ({}), ...THROWING, ...reserved, circular, { big: 10n }], isFault);
    });

    it('a grant of the app: no is invalid_grant, what is no decision is a fault', async () => {
      const wrong = [
        { userId: '' }, { userId: 7 }, { userId: null }, { userId: {} }, { clientId: 'C2' }, { scopes: 'a' }, { scopes: ['a b'] }, { scopes: [7] },
        { audience: [] }, { audience: 'x' }, { audience: [''] }, { audience: [7] }, { user: 'user-1' }, { userID: 'user-1' }, { userId: 'user-1', admin: true },
      ];
      await answering('grant', 'a grant of the app', NO, (answer) => { expectError(answer, 400, 'invalid_grant'); });
      const odd = OBJECTS.filter((value) => Array.isArray(value) || typeof value === 'function' || value instanceof Date || value instanceof Error || value instanceof Map || value instanceof RegExp);
      await answering('grant', 'a grant of the app', [...PRIMITIVES, ...odd, ...wrong], isServerError);
      await answering('grant', 'a grant of the app', [...THROWING, { get userId() { throw new Error(SECRET); } }], isFault);
    });

    const family = { id: 'x', clientId: 'C1', scopes: ['a'], audience: ['x'], secret: 's', current: 'c', expiresAt: 9e15, idleExpiresAt: 9e15 };
    it.each(['refresh_token', 'introspection of a refresh token', 'revocation of a refresh token'] as const)('findFamily during %s: what is no family is a fault', async (flow) => {
      const wrong = ['id', 'clientId', 'scopes', 'audience', 'secret', 'current', 'expiresAt', 'idleExpiresAt'].flatMap((name) => [
        { ...family, [name]: undefined }, { ...family, [name]: {} }, { ...family, [name]: Number.NaN },
      ]);
      await answering('findFamily', flow, [false, ...PRIMITIVES, ...OBJECTS, ...THROWING, ...wrong], isFault);
    });

    it('findFamily: no family is no token, and neither is another one', async () => {
      await answering('findFamily', 'refresh_token', [undefined, null, family], (answer) => { expectError(answer, 400, 'invalid_grant'); });
    });

    it('RT-20 rotateFamily: what is no result is a fault, and the token is not consumed', async () => {
      await answering('rotateFamily', 'refresh_token', [...NO, ...PRIMITIVES, ...OBJECTS, 'Rotated', 'constructor', ['rotated']], isFault);
      await answering('rotateFamily', 'refresh_token', ['gone'], (answer) => { expectError(answer, 400, 'invalid_grant'); });
    });

    it('RT-20 rotateFamily: spent ends the family', async () => {
      const breakable = await serveBreakable(express);
      const session = await newSession(breakable);
      breakable.breakSeam('rotateFamily', () => 'spent');
      expectError(await FLOWS.refresh_token(breakable, session), 400, 'invalid_grant');
      breakable.mend();
      expectError(await FLOWS.refresh_token(breakable, session), 400, 'invalid_grant');
      expectChallenge(await FLOWS['a protected route'](breakable, session), 401, 'invalid_token');
      expect(breakable.server.events.map(({ type }) => type)).toContain('token_replayed');
    });

    it('findAccessToken: what is no token opens nothing', async () => {
      const broken = ['', 'text', '{', '{"sub":'];
      await answering('findAccessToken', 'a protected route', [false, ...PRIMITIVES, ...OBJECTS, ...THROWING, ...broken], isFault);
      await answering('findAccessToken', 'introspection', [false, ...PRIMITIVES, ...OBJECTS], isFault);
      await answering('findAccessToken', 'a protected route', [undefined, null], (answer) => { expectChallenge(answer, 401, 'invalid_token'); });
      const claims = { sub: 'u', client_id: 'C1', aud: 'x', jti: 'j', iat: 1, exp: 9e9, scope: 'a' };
      const wrong = [{}, ...Object.keys(claims).filter((name) => name !== 'scope').map((name) => ({ ...claims, [name]: undefined })), { ...claims, exp: '9' }, { ...claims, aud: 'elsewhere' }];
      await answering('findAccessToken', 'a protected route', ['[]', '7', 'null', '"text"', ...wrong.map((value) => JSON.stringify(value))], (answer) => {
        if (answer.status === 401) expectChallenge(answer, 401, 'invalid_token');
        else expectServerError(answer);
      });
    });

    it.each(['a protected route', 'refresh_token', 'introspection'] as const)('revocations during %s: what is no page lets nothing through, and spoils nothing', async (flow) => {
      const entry = { key: 'f:x', at: 1, until: 9e15 };
      const wrong = [
        { revocations: [] }, { cursor: '1' }, { revocations: 'x', cursor: '1' }, { revocations: {}, cursor: '1' }, { revocations: [null], cursor: '1' }, { revocations: [{}], cursor: '1' },
        { revocations: [{ ...entry, key: 7 }], cursor: '1' }, { revocations: [{ ...entry, at: 'x' }], cursor: '1' }, { revocations: [{ ...entry, at: Number.NaN }], cursor: '1' },
        { revocations: [{ ...entry, until: undefined }], cursor: '1' }, { revocations: [entry], cursor: 7 },
      ];
      await answering('revocations', flow, [...NO, ...PRIMITIVES, ...OBJECTS, ...THROWING, ...wrong], isFault);
      const breakable = await serveBreakable(express);
      const session = await newSession(breakable);
      breakable.breakSeam('revocations', () => ({ revocations: [{}], cursor: '1' }));
      await FLOWS[flow](breakable, session);
      await expectMended({ flow, breakable, session });
      await expectMended({ flow: 'a protected route', breakable, session: await newSession(breakable) });
    });
  });

  describe('thenables', () => {
    const U = { id: 'user-1' };
    const lazy: [string, () => unknown, number][] = [
      ['answers like a promise', () => ({ then: (resolve: (value: unknown) => void) => { resolve(U); } }), 200],
      ['answers in a later turn', () => ({ then: (resolve: (value: unknown) => void) => { setImmediate(resolve, U); } }), 200],
      ['answers twice, yes first', () => ({ then: (resolve: (value: unknown) => void, reject: (cause: unknown) => void) => { resolve(U); reject(fault()); resolve(undefined); } }), 200],
      ['answers twice, no first', () => ({ then: (resolve: (value: unknown) => void) => { resolve(undefined); resolve(U); } }), 400],
      ['refuses twice', () => ({ then: (_resolve: unknown, reject: (cause: unknown) => void) => { reject(fault()); reject(fault()); } }), 503],
      ['throws when it is waited for', () => ({ then: () => { throw fault(); } }), 503],
      ['throws after its answer', () => ({ then: (resolve: (value: unknown) => void) => { resolve(U); throw fault(); } }), 200],
      ['cannot be read', () => Object.defineProperty({}, 'then', { get: () => { throw fault(); } }), 503],
      ['never answers', () => ({ then: () => undefined }), 503],
      ['answers another that rejects', () => ({ then: (resolve: (value: unknown) => void) => { resolve(Promise.reject(fault())); } }), 503],
    ];
    it.each(lazy)('ERR-05 takes a callback whose answer %s', async (_name, behaviour, status) => {
      const breakable = await serveBreakable(express, { timeout: SHORT });
      breakable.breakSeam('verifyUser', behaviour);
      const answer = await FLOWS.password(breakable);
      expect(answer.status).toBe(status);
      if (status === 200) expectOk(answer);
      if (status === 400) expectError(answer, 400, 'invalid_grant');
      if (status === 503) expectUnavailable(answer);
      await settle();
    });
  });

  const listeners: [string, () => unknown][] = [
    ['throws', () => { throw fault(); }], ['rejects', () => Promise.reject(fault())], ['never answers', () => new Promise(() => undefined)],
    ['answers a thenable that throws', () => ({ then: () => { throw fault(); } })], ['answers a thenable that rejects', () => ({ then: (_: unknown, reject: (cause: unknown) => void) => { reject(fault()); } })],
  ];
  it.each(listeners)('ERR-05 lets a listener that %s harm nobody', async (_name, behaviour) => {
    const { error } = console;
    console.error = () => undefined;
    try {
      const server = await serve({ express, oauth: { onEvent: behaviour } });
      const first = await login(server);
      expectOk(first);
      expectOk(await refresh(server, first.json['refresh_token']));
      expectError(await login(server, { password: 'wrong' }), 400, 'invalid_grant');
      await settle();
    } finally {
      console.error = error;
    }
  });

  it('ERR-05 outlives a client that has hung up before the answer', async () => {
    const breakable = await serveBreakable(express);
    const { server } = breakable;
    let answer: (user: unknown) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      breakable.breakSeam('verifyUser', () => {
        resolve();
        return new Promise((settled) => { answer = settled; });
      });
    });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const body = 'grant_type=password&username=U1&password=pw1';
    const credentials = Buffer.from('C1:secret-of-C1').toString('base64');
    socket.write(`POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`);
    await asked;
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.resetAndDestroy();
    await closed;
    answer({ id: 'user-1' });
    await settle();
    breakable.mend();
    expectOk(await FLOWS.password(breakable));
  });

  it('ERR-04 keeps the cause of a refusal inside too', async () => {
    const cause = fault();
    const breakable = await serveBreakable(express);
    breakable.breakSeam('verifyUser', () => { throw new OAuthError('invalid_grant', 'The account is locked', { cause }); });
    const answer = await FLOWS.password(breakable);
    expectError(answer, 400, 'invalid_grant');
    expect(answer.json['error_description']).toBe('The account is locked');
    expectNoDetail(answer);
    expect(faultCauses(breakable.server.events)).toContain(cause);
  });

  it('ERR-06 refuses at a protected route while the store does not answer, and remembers no yes from before', async () => {
    const breakable = await serveBreakable(express);
    const session = await newSession(breakable);
    expect((await FLOWS['a protected route'](breakable, session)).status).toBe(200);
    breakable.breakSeam('revocations', () => { throw fault(); });
    expectUnavailable(await FLOWS['a protected route'](breakable, session));
    passTime(60);
    expectUnavailable(await FLOWS['a protected route'](breakable, session));
    await expectMended({ flow: 'a protected route', breakable, session });
  });
});

function describeValue(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return 'what cannot be printed';
  }
}
