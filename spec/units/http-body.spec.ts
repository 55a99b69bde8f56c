import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Request, Response } from 'express';
import { BODY_LIMIT, onceRead, readForm } from '../../lib/http/body';
import type { Form } from '../../lib/http/form';
import { createPatience } from '../../lib/patience';
import { OAuthError } from '../../lib';

type Left = IncomingMessage & { body?: unknown };
type Before = (req: Left) => unknown;
const FORM = 'application/x-www-form-urlencoded';

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Reader {
  /** Sends pieces of a request, each in a packet of its own. */
  send(...pieces: readonly string[]): Promise<Socket>;
  /** What was read of the next request: its parameters, or status and words of the refusal. */
  next(): Promise<unknown>;
}

async function reader(before: Before = () => undefined, seconds = 5, causes: unknown[] = []): Promise<Reader> {
  const results: unknown[] = [];
  let tell = (): void => undefined;
  const patience = createPatience(seconds);
  const read = async (req: Left): Promise<unknown> => {
    try {
      const work = before(req);
      // In the same turn where it can be: what comes later is gone.
      if (work instanceof Promise) await work;
      const form = await new Promise<Form>((resolve, reject) => {
        const readNow = async (here: Request, res: Response): Promise<Form> => readForm(here, res, patience);
        onceRead((here, res) => { readNow(here, res).then(resolve, reject); })(req as unknown as Request, {} as never, () => undefined);
      });
      return { ...form.params };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      causes.push(error.cause);
      return [error.status, error.code, error.description];
    }
  };
  const server = createServer((req, res) => {
    void read(req).then((result) => {
      results.push(result);
      tell();
      res.end();
    });
  });
  running.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    async send(...pieces) {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined).setNoDelay();
      for (const [at, piece] of pieces.entries()) {
        if (at > 0) await new Promise((resolve) => setTimeout(resolve, 20));
        socket.write(piece, 'latin1');
      }
      return socket;
    },
    async next() {
      if (results.length === 0) await new Promise<void>((resolve) => { tell = resolve; });
      return results.shift();
    },
  };
}

const head = (...lines: readonly string[]): string => `${['POST / HTTP/1.1', 'Host: x', ...lines].join('\r\n')}\r\n\r\n`;
const request = (body: string, ...lines: readonly string[]): string => head(`Content-Type: ${FORM}`, `Content-Length: ${String(body.length)}`, ...lines) + body;
const invalid = (description: string, status = 400): unknown => [status, 'invalid_request', description];
const TOO_LARGE = invalid('The body may have at most 32768 bytes', 413);
const NOT_UTF8 = invalid('The body must be form-encoded UTF-8');
const GONE = invalid('The request body was already read by other middleware: mount the OAuth router before it, or leave req.body');

async function reading(pieces: string | readonly string[], before?: Before, seconds?: number, causes: unknown[] = []): Promise<unknown> {
  const at = await reader(before, seconds, causes);
  const socket = await at.send(...[pieces].flat());
  const result = await at.next();
  socket.destroy();
  return result;
}

describe('the type of a body', () => {
  it.each([
    FORM, FORM.toUpperCase(), `${FORM};charset=utf-8`, `${FORM} ; charset=UTF-8`, `${FORM}; charset="utf-8"`, `${FORM};charset=utf8`, `${FORM}; boundary=x; charset=utf-8`, `${FORM};`, `${FORM}\t;\tcharset\t=\tutf-8`,
  ])('may be %j', async (type) => {
    expect(await reading(`${head(`Content-Type: ${type}`, 'Content-Length: 3')}a=1`)).toEqual({ a: '1' });
  });

  it.each<[string | undefined, string]>([
    [undefined, 'Content-Type must be application/x-www-form-urlencoded'],
    ['application/json', 'Content-Type must be application/x-www-form-urlencoded'],
    [`x${FORM}`, 'Content-Type must be application/x-www-form-urlencoded'],
    [`${FORM}x`, 'Content-Type must be application/x-www-form-urlencoded'],
    [`${FORM}, text/plain`, 'Content-Type must be application/x-www-form-urlencoded'],
    [`${FORM};charset=latin1`, 'The charset must be UTF-8'],
    [`${FORM};charset=utf-8x`, 'The charset must be UTF-8'],
    [`${FORM};charset=xutf-8`, 'The charset must be UTF-8'],
    [`${FORM};charset=utf--8`, 'The charset must be UTF-8'],
    [`${FORM};charset=`, 'The charset must be UTF-8'],
    [`${FORM};charset=utf-8;charset=utf-16`, 'The charset must be UTF-8'],
    [`${FORM}; charset\t = "utf-16"`, 'The charset must be UTF-8'],
  ])('may not be %j', async (type, description) => {
    expect(await reading(`${head(...(type === undefined ? [] : [`Content-Type: ${type}`]), 'Content-Length: 3')}a=1`)).toEqual(invalid(description));
  });
});

describe('a body', () => {
  const chunked = (...chunks: readonly string[]): readonly string[] => [head(`Content-Type: ${FORM}`, 'Transfer-Encoding: chunked'), ...chunks.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`), '0\r\n\r\n'];
  const long = `a=${'x'.repeat(BODY_LIMIT - 2)}`;

  it.each<[string, string | readonly string[], object]>([
    ['in one piece', request('a=1&b=2'), { a: '1', b: '2' }],
    ['behind its head', [head(`Content-Type: ${FORM}`, 'Content-Length: 7'), 'a=1&b=2'], { a: '1', b: '2' }],
    ['in many pieces', [head(`Content-Type: ${FORM}`, 'Content-Length: 7'), 'a=', '1&b', '=2'], { a: '1', b: '2' }],
    ['that is empty', request(''), {}],
    ['in chunks', chunked('a=1', '&b=2'), { a: '1', b: '2' }],
    ['as long as may be', request(long), { a: long.slice(2) }],
    ['as long as may be, in chunks', chunked(long), { a: long.slice(2) }],
    ['that says it is not packed', request('a=1', 'Content-Encoding: identity'), { a: '1' }],
  ])('%s is read', async (_name, pieces, params) => {
    expect(await reading(pieces)).toEqual(params);
  });

  it.each<[string, string | readonly string[], unknown]>([
    ['a byte too long', request(`${long}x`), TOO_LARGE],
    ['a byte too long, in chunks', chunked(`${long}x`), TOO_LARGE],
    ['far too long, before it has come', head(`Content-Type: ${FORM}`, 'Content-Length: 1048577'), TOO_LARGE],
    ['packed', request('a=1', 'Content-Encoding: gzip'), invalid('The body must not be compressed')],
    ['packed, in chunks', [head(`Content-Type: ${FORM}`, 'Content-Encoding: br', 'Transfer-Encoding: chunked'), '3\r\na=1\r\n0\r\n\r\n'], invalid('The body must not be compressed')],
    ['no UTF-8', request('a=\xFF'), NOT_UTF8],
    ['no UTF-8, in chunks', chunked('a=\xFF'), NOT_UTF8],
  ])('that is %s is refused', async (_name, pieces, refused) => {
    expect(await reading(pieces)).toEqual(refused);
  });

  it.each<[string, string, unknown]>([
    ['read', request('a=1'), { a: '1' }],
    ['read, though it is empty', request(''), {}],
    ['read, in chunks', chunked('a=1').join(''), { a: '1' }],
    ['refused where it is too long', chunked(`${long}x`).join(''), TOO_LARGE],
    ['refused where it is packed', request('a=1', 'Content-Encoding: gzip'), invalid('The body must not be compressed')],
    ['refused where it is no UTF-8', request('a=\xFF'), NOT_UTF8],
  ])('that was all there before the app let the request through is %s', async (_name, whole, result) => {
    expect(await reading(whole, async (req) => { while (!req.complete) await new Promise((resolve) => setTimeout(resolve, 1)); })).toEqual(result);
  });

  it('that is a little too long is read off first, so that its sender gets the answer', async () => {
    const at = await reader();
    const socket = await at.send(head(`Content-Type: ${FORM}`, 'Content-Length: 1048576'), 'a');
    const told = at.next();
    expect(await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 60, 'waits'))])).toBe('waits');
    socket.destroy();
  });

  it.each([['with a length', head(`Content-Type: ${FORM}`, 'Content-Length: 10')], ['in chunks', head(`Content-Type: ${FORM}`, 'Transfer-Encoding: chunked')]])('%s that breaks off is refused', async (_name, start) => {
    const at = await reader();
    const socket = await at.send(start, start.includes('chunked') ? '3\r\na=1\r\n' : 'a=1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    expect(await at.next()).toEqual(invalid('The body could not be read'));
  });

  it('that breaks off before anyone listens is refused', async () => {
    expect(await reading(request('a=1').slice(0, -1), (req) => { process.nextTick(() => req.destroy()); })).toEqual(invalid('The body could not be read'));
  });

  it('that does not come in time is refused', async () => {
    expect(await reading(request('a=1').slice(0, -1), undefined, 0.05)).toEqual(invalid('The body took too long to arrive', 408));
  });
});

describe('a body that others have been at', () => {
  const leave = (body: unknown): Before => async (req) => {
    await once(req.resume(), 'end');
    if (body !== undefined) req.body = body;
  };

  it.each<[string, unknown, unknown]>([
    ['an object', { a: '1' }, { a: '1' }],
    ['text', 'a=1', { a: '1' }],
    ['empty text', '', {}],
    ['bytes', Buffer.from('a=1'), { a: '1' }],
    ['no bytes', Buffer.alloc(0), {}],
    ['text that was no UTF-8', 'a=\uFFFD', NOT_UTF8],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3d, 0xff]), NOT_UTF8],
    ['nothing', undefined, GONE],
    ['null', null, GONE],
    ['what Express 4 leaves', {}, GONE],
    ['an array', ['a=1'], GONE],
    ['a number', 5, GONE],
  ])('is what they left: %s', async (_name, body, result) => {
    expect(await reading(request('a=1'), leave(body))).toEqual(result);
  });

  it('is gone, and the operator is told the cure', async () => {
    const causes: unknown[] = [];
    await reading(request('a=1'), leave(undefined), undefined, causes);
    expect(causes).toEqual([new Error('The request body was already read by other middleware: mount the OAuth router before it, or leave req.body')]);
  });

  it('is too long by what it said of itself', async () => {
    expect(await reading(request(`a=${'x'.repeat(BODY_LIMIT - 1)}`), leave({ a: 'x' }))).toEqual(TOO_LARGE);
    expect(await reading(request(`a=${'x'.repeat(BODY_LIMIT - 2)}`), leave({ a: 'x' }))).toEqual({ a: 'x' });
  });

  it('goes to them and to us where they listen as well', async () => {
    let heard = '';
    expect(await reading(request('a=1'), (req) => { req.on('data', (chunk: Buffer) => (heard += chunk.toString())); })).toEqual({ a: '1' });
    expect(heard).toBe('a=1');
  });

  it('is gone where they begin to listen after us', async () => {
    expect(await reading(request('a=1'), (req) => { process.nextTick(() => req.resume()); })).toEqual(GONE);
  });

  it.each([['in one piece', [request('a=1')]], ['in two', [request('a=1').slice(0, -1), '1']]])('comes to its end for them too (%s)', async (_name, pieces) => {
    const heard: string[] = [];
    const ended = new Promise((resolve) => {
      expect(reading(pieces, (req) => {
        for (const name of ['end', 'close']) req.on(name, () => heard.push(name));
        req.on('close', resolve);
      })).resolves.toEqual({ a: '1' }).catch(resolve);
    });
    await ended;
    expect(heard).toEqual(['end', 'close']);
  });

  it('is empty where they read the end of an empty one', async () => {
    expect(await reading(request(''), async (req) => { await once(req.resume(), 'end'); })).toEqual({});
  });

  it('is gone where they made it speak text', async () => {
    expect(await reading(request('a=1'), (req) => { req.setEncoding('latin1'); })).toEqual(GONE);
  });

  it('is nobody\'s where they put something there and read nothing', async () => {
    expect(await reading([head(`Content-Type: ${FORM}`, 'Transfer-Encoding: chunked'), '3\r\na=1\r\n0\r\n\r\n'], (req) => { req.body = { a: 'other' }; })).toEqual({ a: '1' });
  });
});
