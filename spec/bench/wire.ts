import type { WireRequest } from './row';

/** The bytes of a request; `{next}` in its body becomes `next`. */
export function toBytes({ method, path, headers, body = '' }: WireRequest, next = ''): Buffer {
  const content = body.replace('{next}', next);
  const lines = Object.entries({ host: '127.0.0.1', connection: 'keep-alive', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = method === 'POST' ? `content-length: ${String(Buffer.byteLength(content))}\r\n` : '';
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${content}`);
}

/** Whether the answer that begins with the first byte is all there. */
export function isWhole(bytes: Buffer): boolean {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const text = bytes.toString('latin1', 0, head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${text}`);
  return bytes.length >= head + 4 + Number(length);
}

/** The value of a string member of the JSON in an answer. */
export function memberOf(bytes: Buffer, member: string): string {
  const from = bytes.indexOf(`"${member}":"`) + member.length + 4;
  return bytes.toString('latin1', from, bytes.indexOf('"', from));
}
