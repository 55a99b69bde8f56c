import { once } from 'node:events';
import http, { IncomingMessage, ServerResponse, type Server } from 'node:http';
import https from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import type { Express, NextFunction, Request, Response } from 'express';
import request from 'supertest';
import { createServer } from 'express-token-endpoint/server';
import { EXPRESS, type ExpressMajor } from '../support/app';
import { LOCALHOST_TLS } from '../support/localhost-tls';
import { MAJORS } from '../support/serve';

type MakeServer = (app: Express) => Server;

const open: Server[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())));
});

async function listen<T extends Server>(server: T): Promise<T> {
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Sends bytes as they stand and reads until the server ends the connection. */
async function overSocket(server: Server, bytes: string): Promise<string> {
  const socket = connect(portOf(server), '127.0.0.1').setEncoding('latin1');
  socket.write(bytes);
  let received = '';
  for await (const chunk of socket) received += String(chunk);
  return received;
}

/** An app with a bit of everything that depends on the prototypes of `req` and `res`. */
function makeApp(major: ExpressMajor): Express {
  const express = EXPRESS[major];
  const app = express();
  app.set('who', 'app');
  app.set('trust proxy', true);
  app.use((_req, res, next) => {
    res.locals['seen'] = ['app'];
    next();
  });

  const sub = express();
  sub.set('who', 'sub');
  Object.assign(sub.request, { ofSub: true });
  sub.get('/in', (req, res) => {
    (res.locals['seen'] as string[]).push('sub');
    res.json({ who: req.app.get('who') as string, seen: res.locals['seen'] as string[], ofSub: 'ofSub' in req, url: req.originalUrl, base: req.baseUrl });
  });
  app.use('/sub', sub);
  app.get('/sub/behind', (req, res) => res.json({ who: req.app.get('who') as string, sameApp: res.app === req.app, ofSub: 'ofSub' in req }));

  const router = express.Router({ mergeParams: true });
  router.get('/:name', (req, res) => res.json({ params: req.params, query: req.query, base: req.baseUrl, ip: req.ip, secure: req.secure }));
  app.use('/router/:id', router);

  app.get('/own', (req, res) => res.json({ own: [req, res].map((one) => Object.keys(one).filter((name) => name === '_')), locals: Object.getPrototypeOf(res.locals) as null }));
  app.get('/is', (req, res) =>
    res.json([req instanceof IncomingMessage, res instanceof ServerResponse, Object.getPrototypeOf(req) === app.request, Object.getPrototypeOf(res) === app.response, req.constructor.name, res.constructor.name]),
  );
  app.post('/echo', express.json(), express.urlencoded({ extended: true }), (req, res) => res.status(201).set('X-Echo', 'yes').cookie('a', 'b').send(req.body));
  app.get('/stream', (_req, res) => {
    res.write('one,');
    setImmediate(() => res.end('two'));
  });
  app.get('/text', (_req, res) => res.type('text').send('text'));
  app.get('/redirect', (_req, res) => res.redirect('/text'));
  app.get('/throws', () => {
    throw new Error('on purpose');
  });
  app.get('/rejects', (_req, _res, next) => Promise.reject(new Error('on purpose, later')).catch(next));
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).json({ caught: error.message, seen: res.locals['seen'] as string[] });
  });
  return app;
}

const KINDS: Readonly<Record<string, MakeServer>> = { 'http.createServer': (app) => http.createServer(app), createServer: (app) => createServer(app) };

describe.each(MAJORS)('Express %i', (major) => {
  describe.each(Object.keys(KINDS))('%s', (kind) => {
    const start = (): Promise<Server> => listen(KINDS[kind]?.(makeApp(major)) as Server);

    it('enters a sub-app with its own settings and prototypes, and leaves it again', async () => {
      const server = await start();
      const inside = await request(server).get('/sub/in?x=1').expect(200);
      expect(inside.body).toEqual({ who: 'sub', seen: ['app', 'sub'], ofSub: true, url: '/sub/in?x=1', base: '/sub' });
      const behind = await request(server).get('/sub/behind').expect(200);
      expect(behind.body).toEqual({ who: 'app', sameApp: true, ofSub: false });
    });

    it('gives a router its parameters, query and mount, and the settings of the app their say', async () => {
      const server = await start();
      const { body } = await request(server).get('/router/7/seven?q=1').set('X-Forwarded-For', '192.0.2.9').set('X-Forwarded-Proto', 'https').expect(200);
      expect(body).toEqual({ params: { id: '7', name: 'seven' }, query: { q: '1' }, base: '/router/7', ip: '192.0.2.9', secure: true });
    });

    it('makes requests and responses that are those of Node and of the app', async () => {
      const { body } = await request(await start()).get('/is').expect(200);
      expect(body).toEqual([true, true, true, true, 'IncomingMessage', 'ServerResponse']);
    });

    it('leaves nothing on them, and res.locals empty of a prototype', async () => {
      const { body } = await request(await start()).get('/own').expect(200);
      expect(body).toEqual({ own: [[], []], locals: null });
    });

    it('reads bodies, sets headers and cookies, streams, redirects, answers HEAD and 304', async () => {
      const server = await start();
      const echo = await request(server).post('/echo').send({ a: [1] }).expect(201).expect('X-Echo', 'yes').expect('Set-Cookie', 'a=b; Path=/');
      expect(echo.body).toEqual({ a: [1] });
      await request(server).post('/echo').type('form').send('b[c]=d').expect(201, { b: { c: 'd' } });
      await request(server).get('/stream').expect(200, 'one,two').expect('Transfer-Encoding', 'chunked');
      await request(server).get('/redirect').expect(302).expect('Location', '/text');
      await request(server).head('/text').expect(200).expect('Content-Length', '4');
      const { headers } = await request(server).get('/text').expect(200, 'text').expect('X-Powered-By', 'Express');
      await request(server).get('/text').set('If-None-Match', String(headers['etag'])).expect(304);
    });

    it('hands what a route throws to the error handler, and 404 to what is nowhere', async () => {
      const server = await start();
      await request(server).get('/throws').expect(500, { caught: 'on purpose', seen: ['app'] });
      await request(server).get('/rejects').expect(500, { caught: 'on purpose, later', seen: ['app'] });
      await request(server).get('/nowhere').expect(404).expect('Content-Type', /html/);
    });

    it('keeps a connection through requests one after the other, and answers those that came at once in their order', async () => {
      const get = (path: string, connection = 'keep-alive'): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`;
      const received = await overSocket(await start(), get('/text') + get('/sub/in') + get('/nowhere') + get('/text', 'close'));
      expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
    });

    it('leaves upgrade requests to whoever listens for them', async () => {
      const server = await start();
      server.on('upgrade', (req: IncomingMessage, socket) => {
        socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${String(req.headers.upgrade)}\r\nConnection: Upgrade\r\n\r\n${String(req.url)}`);
      });
      const received = await overSocket(server, 'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      expect(received).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n\/chat$/);
    });

    it('lets a client that expects 100 go on, and refuses broken HTTP', async () => {
      const server = await start();
      const expecting = 'POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
      expect(await overSocket(server, expecting)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
      expect(await overSocket(server, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    });
  });

  it('makes them with the prototypes that Express is going to give them', async () => {
    const app = makeApp(major);
    const server = createServer(app);
    const born: unknown[] = [];
    server.prependListener('request', (req, res) => born.push(Object.getPrototypeOf(req), Object.getPrototypeOf(res)));
    await request(server).get('/text').expect(200);
    expect(born[0]).toBe(app.request);
    expect(born[1]).toBe(app.response);
  });

  it('serves supertest, which starts the server itself', async () => {
    await request(createServer(makeApp(major))).get('/text').expect(200, 'text');
  });

  it('hands its options to Node', async () => {
    const server = createServer(makeApp(major), { maxHeaderSize: 1024, keepAliveTimeout: 1234 });
    expect(server.keepAliveTimeout).toBe(1234);
    await listen(server);
    await request(server).get('/text').set('X-Long', 'x'.repeat(2000)).expect(431);
  });

  it('speaks TLS where the options hold a key in another way', () => {
    expect(createServer(makeApp(major), { SNICallback: (_name, done) => { done(null); } })).toBeInstanceOf(https.Server);
    // Only TLS looks into it.
    expect(() => createServer(makeApp(major), { pfx: Buffer.from('none') })).toThrow();
  });

  it('speaks TLS where the options hold a key', async () => {
    const server = createServer(makeApp(major), LOCALHOST_TLS);
    expect(server).toBeInstanceOf(https.Server);
    await listen(server);
    const { body } = await request(server).get('/is').trustLocalhost().expect(200);
    expect(body).toEqual([true, true, true, true, 'IncomingMessage', 'ServerResponse']);
    await request(server).get('/router/7/seven').trustLocalhost().expect(200).expect((answer) => {
      expect(answer.body).toMatchObject({ secure: true });
    });
  });
});
