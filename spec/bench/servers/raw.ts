import { createHash, createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

interface Config {
  readonly secret: string;
  readonly id: string;
  readonly secretSha256: string;
  readonly issuer: string;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = encode({ alg: 'HS256', typ: 'at+jwt', kid: 'raw' });

/** The same work by hand on node:http: the physical limit. Nothing is checked that the answer does not need. */
export default function raw({ secret, id, secretSha256, issuer }: Config): RequestListener {
  const key = createSecretKey(Buffer.from(secret));
  const stored = Buffer.from(secretSha256, 'hex');
  const send = (res: ServerResponse, body: object): void => {
    const text = JSON.stringify(body);
    res.writeHead(200, ['Content-Type', 'application/json', 'Cache-Control', 'no-store', 'Content-Length', String(Buffer.byteLength(text))]);
    res.end(text);
  };
  const mac = (input: string): string => createHmac('sha256', key).update(input).digest('base64url');
  const token = (req: IncomingMessage, res: ServerResponse, body: string): void => {
    const form = new URLSearchParams(body);
    const [name, password = ''] = Buffer.from(req.headers.authorization?.slice(6) ?? '', 'base64').toString().split(':');
    if (name !== id || !timingSafeEqual(createHash('sha256').update(password).digest(), stored)) throw new Error('refused');
    const iat = Math.floor(Date.now() / 1000);
    const scope = form.get('scope');
    const claims = { iss: issuer, sub: id, aud: issuer, client_id: id, iat, exp: iat + 3600, jti: randomBytes(24).toString('base64url'), scope };
    const input = `${HEADER}.${encode(claims)}`;
    send(res, { access_token: `${input}.${mac(input)}`, token_type: 'bearer', expires_in: 3600, scope });
  };
  const files = (req: IncomingMessage, res: ServerResponse): void => {
    const [header, payload, signature] = (req.headers.authorization ?? '').slice(7).split('.');
    if (mac(`${String(header)}.${String(payload)}`) !== signature) throw new Error('refused');
    send(res, { for: 'user-1' });
  };
  return (req, res) => {
    if (req.method !== 'POST') {
      files(req, res);
      return;
    }
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    req.on('end', () => { token(req, res, body); });
  };
}
