import type { IncomingMessage, ServerResponse } from 'node:http';
import { OAuthError } from '../../lib';
import { formatChallenge } from '../../lib/http/challenge';
import { singleHeader } from '../../lib/http/headers';
import { sendError, sendJson, sendPublicJson } from '../../lib/http/send';
import { outcome, refusal } from '../support/outcome';

interface Sent {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** What a response is told to send, as bytes. */
function sent(send: (res: ServerResponse) => void, headersSent = false): Sent | undefined {
  const answer: Sent = { status: 0, headers: {}, text: '' };
  let isOver = false;
  const res = {
    headersSent,
    set statusCode(status: number) { answer.status = status; },
    setHeader: (name: string, value: unknown) => { answer.headers[name] = value; },
    end: (text: string, encoding: BufferEncoding) => {
      answer.text = Buffer.from(text, encoding).toString('utf8');
      answer.headers['Content-Length'] = Number(answer.headers['Content-Length']) === Buffer.byteLength(text, encoding) ? 'right' : 'wrong';
      isOver = true;
    },
  };
  send(res as unknown as ServerResponse);
  return isOver ? answer : undefined;
}

const UNCACHED = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store, private', Pragma: 'no-cache', 'Content-Length': 'right' };

describe('an answer', () => {
  it.each([['plain'], ['é'], ['日本'], ['🙂']])('is JSON that nobody keeps, in UTF-8: %j', (text) => {
    expect(sent((res) => { sendJson(res, 201, { text }, { 'X-More': 'yes' }); })).toEqual({ status: 201, headers: { ...UNCACHED, 'X-More': 'yes' }, text: JSON.stringify({ text }) });
  });

  it('to everybody may be kept for as long as it says', () => {
    expect(sent((res) => { sendPublicJson(res, { a: 1 }, 300); })).toEqual({ status: 200, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300', 'Content-Length': 'right' }, text: '{"a":1}' });
  });

  it('is not sent where one has been', () => {
    expect(sent((res) => { sendJson(res, 200, {}); }, true)).toBeUndefined();
  });
});

describe('a refusal', () => {
  const of = (error: OAuthError, ...more: [string?, Record<string, string>?]): Sent | undefined => sent((res) => { sendError(res, error, ...more); });

  it('says what is known, and nothing of what is not', () => {
    expect(of(new OAuthError('invalid_grant'))).toEqual({ status: 400, headers: UNCACHED, text: '{"error":"invalid_grant"}' });
    expect(of(new OAuthError('x', 'why', { status: 418, uri: 'https://a.example/', retryAfter: 1.2 }), 'Basic realm="r"', { Allow: 'GET' })).toEqual({
      status: 418, headers: { ...UNCACHED, Allow: 'GET', 'WWW-Authenticate': 'Basic realm="r"', 'Retry-After': '2' }, text: '{"error":"x","error_description":"why","error_uri":"https://a.example/"}',
    });
  });

  it.each([[413, true], [408, true], [400, false], [500, false]])('with status %i ends the connection: %p', (status, ends) => {
    expect(of(new OAuthError('invalid_request', undefined, { status }))?.headers['Connection']).toBe(ends ? 'close' : undefined);
  });
});

describe('a challenge', () => {
  it('says each parameter once, quoted (RFC 9110 §5.6.4)', () => {
    expect(formatChallenge('Basic', 'r')).toBe('Basic realm="r"');
    expect(formatChallenge('Bearer', 'a "b" \\c', { error: 'x', scope: undefined, error_description: 'y z' })).toBe('Bearer realm="a \\"b\\" \\\\c", error="x", error_description="y z"');
  });
});

describe('a header that may stand once', () => {
  const request = (...rawHeaders: string[]): IncomingMessage => ({ rawHeaders, headers: Object.fromEntries(rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]]] : []))) }) as never;

  it('is found in any case, whatever other headers hold', () => {
    expect(singleHeader(request('AUTHORIZATION', 'a'), 'authorization')).toBe('a');
    expect(singleHeader(request('Host', 'h', 'X-Authorization', 'authorization', 'authorization', 'a', 'X', 'authorization'), 'authorization')).toBe('a');
    expect(singleHeader(request('Host', 'h'), 'authorization')).toBeUndefined();
    // Names as long as it, and the name as the value of another header.
    expect(singleHeader(request('Authorization', 'a', 'X-Thirteen-Ch', 'b', 'Y-Thirteen-Ch', 'authorization', 'Z-Thirteen-Ch', 'authorization'), 'authorization')).toBe('a');
    expect(singleHeader(request('X-Thirteen-Ch', 'a', 'Y-Thirteen-Ch', 'a', 'Authorization', 'b'), 'authorization')).toBe('b');
  });

  it('is refused where it stands twice', async () => {
    for (const [one, other] of [['Authorization', 'Authorization'], ['authorization', 'AUTHORIZATION']] as const) {
      expect(await outcome(() => singleHeader(request(one, 'a', 'Host', 'h', other, 'a'), 'authorization'))).toEqual(refusal('invalid_request', 'The request has more than one authorization header'));
    }
  });
});
