import { connect } from 'node:net';
import type { TestServer } from './app';
import type { Answer } from './http';

/** Sends a request as it stands, over a socket of its own: what no HTTP client would send. The text must ask for `Connection: close`. */
export async function sendRaw({ url }: Pick<TestServer, 'url'>, request: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk)).on('end', resolve).on('error', reject);
  });
  return toAnswer(Buffer.concat(chunks).toString('latin1'));
}

export function toAnswer(raw: string): Answer {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const text = rest.join('\r\n\r\n');
  let json: Record<string, unknown> = {};
  if (headers.get('content-type')?.startsWith('application/json') === true && text !== '') json = JSON.parse(text) as Record<string, unknown>;
  return { status: Number(first.split(' ')[1]), headers, text, json };
}

/** The head of a request with these lines after the usual ones. */
export const rawGet = (path: string, ...lines: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n');
