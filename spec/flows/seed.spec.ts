import { hashSecret, type User } from '../../lib';
import type { ExpressMajor, TestServer } from '../support/app';
import { exchange } from '../support/connection';
import { expectOk } from '../support/expect';
import { sha256Hash } from '../support/hash';
import type { Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

const ID = '@!1111!0008!FF81!2D39';
const SECRET = '6213e9b9-c46d-4008-8af1-03f918a8ade4';
const MIKE: User = { id: 'mike' };

// As printed in the documentation of the system that this package implements; only Content-Length, which HTTP wants, it left out.
const asPrinted = (body: string): string =>
  [
    'POST /oxauth/restv1/token HTTP/1.1',
    'Host: seed.gluu.org',
    'Authorization: Basic QCExMTExITAwMDghRkY4MSEyRDM5OjYyMTNlOWI5LWM0NmQtNDAwOC04YWYxLTAzZjkxOGE4YWRlNA==',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${String(body.length)}`,
    '',
    body,
  ].join('\r\n');

const OWN_BEHALF = asPrinted('grant_type=client_credentials&scope=storage');
const LOGIN = asPrinted('grant_type=password&scope=openid&username=mike&password=secret');

const HASHES: [string, () => string | Promise<string>][] = [
  ['bcrypt', () => hashSecret(SECRET, { algorithm: 'bcrypt', cost: 10 })],
  ['SHA-256', () => sha256Hash(SECRET)],
];

function expectAsPrinted(answer: Answer): void {
  expectOk(answer);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('cache-control')).toBe('no-store, private');
  expect(answer.headers.get('pragma')).toBe('no-cache');
  expect(answer.json).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
}

describe.each(MAJORS)('the two exchanges of the seed on Express %i', (express: ExpressMajor) => {
  describe.each(HASHES)('with a %s hash', (_name, hash) => {
    const start = async (): Promise<TestServer> => {
      const client = { id: ID, secretHash: await hash(), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['storage', 'openid'] };
      return serve({
        express,
        mount: '/oxauth/restv1',
        oauth: {
          issuer: 'https://seed.gluu.org/oxauth/restv1',
          findClient: (id) => (id === ID ? client : undefined),
          verifyUser: (username, password) => (username === 'mike' && password === 'secret' ? MIKE : undefined),
        },
      });
    };

    it('gives the app a token of its own', async () => {
      const answer = await exchange(await start(), OWN_BEHALF);
      expectAsPrinted(answer);
      expect(Object.keys(answer.json)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']);
      expect(answer.json['scope']).toBe('storage');
    });

    it('gives the app a token of mike, and one to refresh it', async () => {
      const answer = await exchange(await start(), LOGIN);
      expectAsPrinted(answer);
      expect(Object.keys(answer.json).slice(0, 5)).toEqual(['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope']);
      expect(answer.json['refresh_token']).toEqual(expect.any(String));
      expect(answer.json['scope']).toBe('openid');
    });

    it('gives it again to the same bytes', async () => {
      const server = await start();
      const first = await exchange(server, OWN_BEHALF);
      const second = await exchange(server, OWN_BEHALF);
      expectAsPrinted(first);
      expectAsPrinted(second);
      expect(second.json['access_token']).not.toBe(first.json['access_token']);
    });
  });
});
