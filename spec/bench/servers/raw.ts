import { createHash, createHmac, createPrivateKey, createSecretKey, randomBytes, sign, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

interface Config {
  readonly alg: 'HS256' | 'ES256' | 'RS256';
  readonly key: string;
  readonly id: string;
  readonly secretSha256: string;
  readonly issuer: string;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** HMAC and ES256 in this turn, RSA on the pool of threads. */
function signerOf({ alg, key: text }: Config): (input: string, signed: (signature: string) => void) => void {
  if (alg === 'HS256') {
    const key = createSecretKey(Buffer.from(text));
    return (input, signed) => { signed(createHmac('sha256', key).update(input).digest('base64url')); };
  }
  const key = createPrivateKey(text);
  if (alg === 'ES256') return (input, signed) => { signed(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')); };
  return (input, signed) => {
    sign('sha256', Buffer.from(input), key, (error, signature) => {
      if (error) throw error;
      signed(signature.toString('base64url'));
    });
  };
}

/** The same work by hand on node:http: the physical limit. Nothing is checked that the answer does not need. */
export default function raw(config: Config): RequestListener {
  const { alg, id, secretSha256, issuer } = config;
  const HEADER = encode({ alg, typ: 'at+jwt', kid: 'raw' });
  const signed = signerOf(config);
  const stored = Buffer.from(secretSha256, 'hex');
  const send = (res: ServerResponse, body: object): void => {
    const text = JSON.stringify(body);
    res.writeHead(200, ['Content-Type', 'application/json', 'Cache-Control', 'no-store', 'Content-Length', String(Buffer.byteLength(text))]);
    res.end(text);
  };
  const token = (req: IncomingMessage, res: ServerResponse, body: string): void => {
    const form = new URLSearchParams(body);
    const [name, password = ''] = Buffer.from(req.headers.authorization?.slice(6) ?? '', 'base64').toString().split(':');
    if (name !== id || !timingSafeEqual(createHash('sha256').update(password).digest(), stored)) throw new Error('refused');
    const iat = Math.floor(Date.now() / 1000);
    const scope = form.get('scope');
    const claims = { iss: issuer, sub: id, aud: issuer, client_id: id, iat, exp: iat + 3600, jti: randomBytes(24).toString('base64url'), scope };
    const input = `${HEADER}.${encode(claims)}`;
    signed(input, (signature) => { send(res, { access_token: `${input}.${signature}`, token_type: 'bearer', expires_in: 3600, scope }); });
  };
  const files = (req: IncomingMessage, res: ServerResponse): void => {
    const [header, payload, signature] = (req.headers.authorization ?? '').slice(7).split('.');
    signed(`${String(header)}.${String(payload)}`, (right) => {
      if (right !== signature) throw new Error('refused');
      send(res, { for: 'user-1' });
    });
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
