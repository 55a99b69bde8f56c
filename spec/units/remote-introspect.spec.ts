import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDeadlines } from '../../lib/remote/deadlines';
import { createIntrospect, type Introspect } from '../../lib/remote/introspect';
import { forThisTest } from '../support/for-this-test';

/** An issuer that answers this status to all, and what it was asked. */
async function issuerThatAnswers(status: number): Promise<{ readonly url: string; readonly asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.headers.authorization ?? '');
    res.writeHead(status, { 'content-type': 'application/json' }).end('{"active":false}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  return forThisTest({ url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/introspect`, asked, close });
}

const introspectAt = (endpoint: () => string | Promise<string>, timeout = 5): Introspect =>
  createIntrospect({ endpoint, clientId: 'RS 1', clientSecret: 'a:b', deadlines: createDeadlines(timeout) });
const causeOf = async (answer: Promise<unknown>): Promise<string> => {
  const error: unknown = await answer.catch((one: unknown) => one);
  expect(error).toMatchObject({ status: 503 });
  return ((error as Error).cause as Error).message;
};

describe('the introspection of another server', () => {
  it('is asked with both halves of the credentials encoded', async () => {
    const { url, asked } = await issuerThatAnswers(200);
    expect(await introspectAt(() => url)('token')).toEqual({ active: false });
    expect(asked).toEqual([`Basic ${Buffer.from('RS+1:a%3Ab').toString('base64')}`]);
  });

  it.each([[401, ': are clientId and clientSecret right?'], [500, '']])('is left alone after a %d, and the operator reads why', async (status, hint) => {
    const { url, asked } = await issuerThatAnswers(status);
    const introspect = introspectAt(() => url);
    expect(await causeOf(introspect('one'))).toBe(`${url} answered ${String(status)}${hint}`);
    expect(await causeOf(introspect('another'))).toBe(`${url} answered ${String(status)}${hint}`);
    expect(asked).toHaveLength(1);
  });

  it.each([400, 413, 429])('is asked about the next token after a %d', async (status) => {
    const { url, asked } = await issuerThatAnswers(status);
    const introspect = introspectAt(() => url);
    expect(await causeOf(introspect('one'))).toBe(`${url} answered ${String(status)}`);
    await causeOf(introspect('another'));
    expect(asked).toHaveLength(2);
  });

  it('is named where it gives no answer in time', async () => {
    expect(await causeOf(introspectAt(() => new Promise(() => undefined), 0.01)('token'))).toBe('The introspection endpoint gave no answer within 0.01 s (option timeout)');
  });

  it('is asked about no more than 256 tokens at once, and about more when they are done', async () => {
    const { url } = await issuerThatAnswers(200);
    let go: (url: string) => void = () => undefined;
    const wait = new Promise<string>((resolve) => { go = resolve; });
    const introspect = introspectAt(() => wait);
    const answers = Array.from({ length: 256 }, (_none, index) => introspect(String(index)));
    expect(await causeOf(introspect('one more'))).toBe('too many introspection requests at the same time');
    go(url);
    await Promise.all(answers);
    expect(await introspect('one more')).toEqual({ active: false });
  });
});
