import type { Express, RequestHandler } from 'express';
import { AUDIENCE_1, AUDIENCE_2, EXPRESS, SECRETS, U1, type ExpressMajor, type TestServer } from '../support/app';
import { exchange, head, request } from '../support/connection';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, login, post, refresh, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

type Parsers = (express: (typeof EXPRESS)[ExpressMajor]) => readonly RequestHandler[];

const ANY = { type: () => true };
const FORM = 'application/x-www-form-urlencoded';
const MACHINE = 'grant_type=client_credentials';
const parsers: [string, Parsers][] = [
  ['nothing', () => []],
  ['json()', (express) => [express.json()]],
  ['urlencoded({ extended: true })', (express) => [express.urlencoded({ extended: true })]],
  ['urlencoded({ extended: false })', (express) => [express.urlencoded({ extended: false })]],
  ['text()', (express) => [express.text()]],
  ['text() for every type', (express) => [express.text(ANY)]],
  ['raw()', (express) => [express.raw()]],
  ['raw() for every type', (express) => [express.raw(ANY)]],
  ['json() and urlencoded()', (express) => [express.json(), express.urlencoded({ extended: true })]],
  ['all of them', (express) => [express.json(), express.urlencoded({ extended: false }), express.text(), express.raw()]],
  ['something slow', () => [(_req, _res, next) => { setTimeout(next, 20); }]],
  ['something that listens to the body as it comes', () => [(req, _res, next) => { req.on('data', () => undefined); next(); }]],
  ['something that puts a body of its own there', () => [(req, _res, next) => { req.body = { grant_type: 'password', username: 'U1', password: 'pw1', scope: 'b' }; next(); }]],
];

const invalidRequest = (answer: Answer): void => { expectError(answer, 400, 'invalid_request'); };

describe.each(MAJORS)('on Express %i', (major: ExpressMajor) => {
  describe.each(parsers)('behind %s', (_name, make) => {
    const seen: string[][] = [];
    const start = async (): Promise<TestServer> => {
      seen.length = 0;
      return serve({
        express: major,
        before: (app: Express, express) => {
          for (const parser of make(express)) app.use(parser);
        },
        oauth: {
          verifyUser: (username, password) => {
            seen.push([username, password]);
            return U1;
          },
        },
      });
    };

    it('serves every grant, the client in the header or in the body', async () => {
      const server = await start();
      const own = await T(server, MACHINE);
      expectOk(own);
      expect(own.json['scope']).toBe('a');
      expectOk(await T(server, { grant_type: 'client_credentials', client_id: 'C1', client_secret: SECRETS.C1 }, {}));
      const users = await login(server);
      expectOk(users);
      expectOk(await refresh(server, users.json['refresh_token']));
      expectE401(await T(server, MACHINE, {}));
      expectE401(await T(server, MACHINE, basic('C1', 'wrong')));
    });

    it('reads what was sent, to the letter', async () => {
      const server = await start();
      const texts = [' %&+£€', 'a=b&c', '100%', '%41', 'Grüße 👩‍👩‍👧', '__proto__', '[x]', '\u2028', '0', 'a;b', 'null'];
      for (const text of texts) expectOk(await login(server, { username: text, password: text }));
      expect(seen).toEqual(texts.map((text) => [text, text]));
    });

    it('takes UTF-8 said and unsaid, in pieces too', async () => {
      const server = await start();
      const body = Buffer.from('grant_type=password&username=Grüße&password=%C2%A3');
      const lines = (...more: string[]): string[] => ['POST /oauth/token HTTP/1.1', 'Host: x', `Authorization: ${C1.authorization}`, ...more];
      expectOk(await exchange(server, request(lines(`Content-Type: ${FORM}; charset=utf-8`), body)));
      const chunks = [...body].map((octet) => Buffer.from([0x31, 13, 10, octet, 13, 10]));
      expectOk(await exchange(server, head(...lines(`Content-Type: ${FORM}`, 'Transfer-Encoding: chunked')), ...chunks, '0\r\n\r\n'));
      expect(seen).toEqual([['Grüße', '£'], ['Grüße', '£']]);
    });

    const misshapen = [
      'scope=a&scope=b', 'scope=a&scope=a', 'scope=a&sc%6Fpe=b', MACHINE, 'scope[]=a', 'scope[]=a&scope[]=b', 'scope[0]=a', 'scope[x]=a', 'scope[x][y]=a', 'foo=1&foo=2', 'foo[]=1', 'foo[a]=1', 'constructor[prototype][scope]=b',
      'scope=a&scope[]=b', 'client_id=C1&client_id=C1',
    ];
    it.each(misshapen)('makes nothing of an array or an object: %s', async (more) => {
      const server = await start();
      invalidRequest(await T(server, `${MACHINE}&${more}`));
      expect(server.events.filter(({ type }) => type !== 'token_refused')).toEqual([]);
    });

    it('takes no prototype for a parameter', async () => {
      const server = await start();
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype']) {
        const answer = await T(server, `${MACHINE}&${name}=b`);
        expectOk(answer);
        expect(answer.json['scope']).toBe('a');
        invalidRequest(await T(server, `${name}=client_credentials`));
      }
      expect(({} as Record<string, unknown>)['scope']).toBeUndefined();
      for (const body of ['__proto__[grant_type]=client_credentials', '__proto__[scope]=b&scope=a']) invalidRequest(await T(server, body));
    });

    it('takes several resources', async () => {
      const server = await start();
      for (const resources of [[AUDIENCE_1], [AUDIENCE_1, AUDIENCE_2]]) {
        const answer = await T(server, `${MACHINE}&${resources.map((one) => `resource=${encodeURIComponent(one)}`).join('&')}`);
        expectOk(answer);
        expect([claimsOf(answer.json['access_token'])['aud']].flat()).toEqual(resources);
      }
      expectError(await T(server, `${MACHINE}&resource=${encodeURIComponent(AUDIENCE_1)}&resource=x`), 400, 'invalid_target');
      invalidRequest(await T(server, `${MACHINE}&resource[x]=${encodeURIComponent(AUDIENCE_1)}`));
    });

    it('takes JSON for no form, whoever has read it', async () => {
      const server = await start();
      const fields = { grant_type: 'client_credentials', client_id: 'C1', client_secret: SECRETS.C1 };
      for (const body of [fields, { ...fields, scope: ['a'] }, { ...fields, scope: { $ne: 1 } }, { ...fields, scope: 7 }, [fields]]) {
        invalidRequest(await post(server, '/oauth/token', JSON.stringify(body), { 'content-type': 'application/json' }));
      }
    });

    it('takes what is empty for empty', async () => {
      const server = await start();
      invalidRequest(await T(server, ''));
      invalidRequest(await T(server, 'grant_type='));
      // No body at all, not even one of length 0.
      invalidRequest(await exchange(server, head('POST /oauth/token HTTP/1.1', 'Host: x', `Authorization: ${C1.authorization}`, `Content-Type: ${FORM}`)));
      expect(seen).toEqual([]);
      const answer = await T(server, `&${MACHINE}&&scope=&username`);
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
    });

    it('answers 413 to a body that is too large', async () => {
      const server = await start();
      expectError(await T(server, `${MACHINE}&x=${'x'.repeat(40_000)}`), 413, 'invalid_request');
      expectOk(await T(server, `${MACHINE}&x=${'x'.repeat(20_000)}`));
    });

    it.each(['%ff', '%C0%AE', '%E2%82', '%ED%A0%80'])('puts no other character in the place of %s', async (octets) => {
      const server = await start();
      const answer = await T(server, `grant_type=password&username=${octets}&password=x`);
      // A parser that keeps what it cannot decode has left the escape as text; whoever sees the bytes refuses them.
      if (answer.status === 200) expect(seen).toEqual([[octets, 'x']]);
      else invalidRequest(answer);
    });
  });

  const start = (before: RequestHandler): Promise<TestServer> =>
    serve({
      express: major,
      before: (app) => {
        app.use(before);
      },
    });
  const eat =
    (leave: (req: { body?: unknown }) => void = () => undefined): RequestHandler =>
    (req, _res, next) => {
      req.on('data', () => undefined).on('end', () => {
        leave(req);
        next();
      });
    };

  const leftovers: [string, RequestHandler[]][] = [
    ['left nothing', [eat()]],
    ['left nothing behind json()', [EXPRESS[major].json(), eat()]],
    ...[{}, [], null, 7, true, new Map([['grant_type', 'client_credentials']]), new URLSearchParams(MACHINE), [['grant_type', 'client_credentials']], ['grant_type=client_credentials']].map(
      (body): [string, RequestHandler[]] => [`left ${Object.prototype.toString.call(body)}`, [eat((req) => { req.body = body; })]],
    ),
  ];
  it.each(leftovers)('says what to do where something has eaten the body and %s', async (_name, handlers) => {
    const server = await serve({
      express: major,
      before: (app) => {
        for (const handler of handlers) app.use(handler);
      },
    });
    for (const answer of [await T(server, MACHINE), await T(server, MACHINE, basic('C1', 'wrong')), await login(server, { client_id: 'P1' }, {})]) {
      invalidRequest(answer);
      expect(answer.json['error_description']).toMatch(/already read/);
      expect(answer.json['error_description']).toMatch(/mount the OAuth router before it/);
    }
    // It is the operator who can mend it.
    expect(server.events.map((event) => event.type === 'fault' && String(event.cause))).toEqual(Array(3).fill(expect.stringMatching(/already read/)));
  });

  const type = { grant_type: 'client_credentials' };
  const misread: [string, object][] = [
    ['a number', { ...type, scope: 7 }], ['null', { ...type, scope: null }], ['a boolean', { ...type, scope: true }], ['an array', { ...type, scope: ['a'] }], ['an object', { ...type, scope: { $ne: '' } }], ['an object for a resource', { ...type, resource: { $ne: '' } }], ['a number among resources', { ...type, resource: ['x', 7] }],
    ['a prototype', JSON.parse('{"grant_type":"client_credentials","__proto__":{"scope":"b"}}') as object], ['a function', { ...type, scope: () => 'a' }],
  ];
  it.each(misread)('refuses %s that a parser has left among the parameters', async (_name, more) => {
    const server = await start(eat((req) => { req.body = more; }));
    invalidRequest(await T(server, MACHINE));
    expect(server.events.filter(({ type }) => type.startsWith('token_issued'))).toEqual([]);
  });

  it('refuses a stream that was told to speak text, and says what to do', async () => {
    const server = await start((req, _res, next) => {
      req.setEncoding('utf8');
      next();
    });
    const answer = await T(server, MACHINE);
    invalidRequest(answer);
    expect(answer.json['error_description']).toMatch(/mount the OAuth router before it/);
  });

  it('leaves a body that is not for it to the app', async () => {
    const server = await serve({
      express: major,
      routes: (app) => {
        app.post('/oauth/mine', EXPRESS[major].json(), (req, res) => {
          res.json({ got: req.body as unknown });
        });
      },
    });
    const answer = await post(server, '/oauth/mine', JSON.stringify({ a: 1 }), { 'content-type': 'application/json' });
    expect(answer.json).toEqual({ got: { a: 1 } });
    expectOk(await T(server, MACHINE));
  });
});
