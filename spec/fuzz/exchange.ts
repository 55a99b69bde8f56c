import { IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { Socket } from 'node:net';

/** A request as fuzzing writes it: `METHOD path`, header lines, an empty line, the body; Latin-1, lines ended by `\n`. */
export interface WrittenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

/** Reads what was written; what Node's own parser would not let through is left out. */
export function readRequest(written: string, paths: readonly string[]): WrittenRequest {
  const end = written.indexOf('\n\n');
  const [first = '', ...lines] = (end < 0 ? written : written.slice(0, end)).split('\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    return /^[A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value) && !/^(?:content-length|transfer-encoding|expect)$/i.test(name) ? [[name, value]] : [];
  });
  return {
    method: METHODS.includes(method) ? method : 'POST',
    path: paths.includes(path.split('?')[0] ?? '') ? path.replace(/[^\x21-\x7e]/g, '') : (paths[0] ?? '/'),
    headers,
    body: end < 0 ? '' : written.slice(end + 2),
  };
}

/** Puts a request through an app without a wire, which would be most of the time; the way from the parser's end to the answer is the same. */
export function exchange(app: RequestListener, { method, path, headers, body }: WrittenRequest): Promise<Exchanged> {
  const req = new IncomingMessage(new Socket());
  const lines = body === '' ? headers : [...headers, ['Content-Length', String(body.length)] as const];
  Object.assign(req, { method, url: path, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1, complete: true });
  for (const [name, value] of [['Host', 'localhost'] as const, ...lines]) {
    req.rawHeaders.push(name, value);
    // The first of several counts, as in Node.
    req.headers[name.toLowerCase()] ??= value;
  }
  if (body !== '') req.push(Buffer.from(body, 'latin1'));
  req.push(null);
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => {
      reject(new Error('no answer within five seconds'));
    }, 5000);
    const res = new ServerResponse(req);
    const end = (text: unknown): ServerResponse => {
      clearTimeout(patience);
      resolve({ status: res.statusCode, headers: Object.fromEntries(Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)])), text: typeof text === 'string' ? text : '' });
      return res;
    };
    Object.assign(res, { end });
    app(req, res);
  });
}
