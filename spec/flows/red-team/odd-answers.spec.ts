import { OAuthError, type OAuthEvent, type User } from '../../../lib';
import { PASSWORD } from '../../support/app';
import { expectError, expectOk } from '../../support/expect';
import { bearer, login, send } from '../../support/http';
import { claimsOf } from '../../support/jwt';
import { MAJORS, serve } from '../../support/serve';

/** What a subclass with fields of its own, or a library around the error, makes of a refusal. */
const altered = (name: string, value: unknown): unknown => Object.defineProperty(new OAuthError('locked', 'The account is locked'), name, { value });

const REFUSALS: readonly [string, () => unknown][] = [
  ['a status that is a word', () => altered('status', 'locked')],
  ['a status that HTTP has not', () => altered('status', 99)],
  ['a status that says yes', () => altered('status', 200)],
  ['a code that is no text', () => altered('code', 7)],
  ['a code with a line break', () => altered('code', 'locked\r\nSet-Cookie: a=b')],
  ['a description that JSON cannot hold', () => altered('description', 10n)],
  ['a description with a line break', () => altered('description', 'a\r\nX-Evil: 1')],
  ['a delay that is no number', () => altered('retryAfter', { valueOf: () => { throw new Error('no'); } })],
  ['a page that is no URL', () => altered('uri', 'a b')],
  ['nothing of what it should have', () => Object.create(OAuthError.prototype)],
  ['a field that cannot be read', () => Object.defineProperty(new OAuthError('locked'), 'code', { get: () => { throw new Error('no'); } })],
];

describe.each(MAJORS)('with Express %i', (express) => {
  it.each(REFUSALS)('ERR-05 D-13 answers 500, and lives, where a refusal of the app has %s', async (_what, make) => {
    const faults: OAuthEvent[] = [];
    const verifyUser = (_username: string, password: string): User | undefined => {
      if (password !== PASSWORD) throw make() as Error;
      return { id: 'user-1' };
    };
    const server = await serve({ express, oauth: { verifyUser, onEvent: (event) => event.type === 'fault' && faults.push(event) } });
    const answer = await login(server, { password: 'odd' });
    expectError(answer, 500, 'server_error');
    expect(answer.headers.get('x-evil')).toBeNull();
    expect(faults).toMatchObject([{ where: 'token endpoint' }]);
    expectOk(await login(server));
  });
});

it('ID-02 lets no toJSON among the claims of a user speak for the server', async () => {
  const claims = { email: 'one@example.com', toJSON: () => ({ iss: 'https://evil.example', sub: 'admin' }) };
  const user = { id: 'user-1', claims };
  const server = await serve({ oauth: { verifyUser: () => user, findUser: () => user } });
  const { json } = await login(server, { scope: 'openid' });
  expect(claimsOf(json['id_token'])).toMatchObject({ sub: 'user-1', aud: 'C1', email: 'one@example.com' });
  const told = await send(server, '/oauth/userinfo', { headers: bearer(json['access_token']) });
  expect(told.json).toEqual({ sub: 'user-1', email: 'one@example.com' });
});

it('RSP-01 issues no access token that a toJSON among its claims has written', async () => {
  const server = await serve({ oauth: { accessToken: { claims: () => ({ toJSON: () => ({ sub: 'admin' }) }) } } });
  expectError(await login(server), 500, 'server_error');
});
