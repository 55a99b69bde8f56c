import type { IncomingMessage } from 'node:http';
import { invalidRequest } from '../errors';

/**
 * A header that may stand once in a request (RFC 9110 §5.3). Node keeps the first of several `Authorization`
 * or `Content-Type` lines without a word, so the lines themselves are counted.
 */
export function singleHeader(req: IncomingMessage, name: 'authorization' | 'content-type' | 'host'): string | undefined {
  const value = req.headers[name];
  if (value === undefined) return undefined;
  const lines = req.rawHeaders;
  let seen = 0;
  for (let i = 0; i < lines.length; i += 2) {
    const line = lines[i];
    if (line?.length === name.length && line.toLowerCase() === name) seen += 1;
  }
  if (seen > 1) throw invalidRequest(`The request has more than one ${name} header`);
  return value;
}
