import { request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequireBearer, type BearerParts, type RequireBearer } from '../../lib/bearer/require-bearer';
import { toAuth } from '../../lib/bearer/auth';
import { noteScopes } from '../../lib/bearer/note-scopes';
import { OAuthError } from '../../lib';
import type { OAuthEvent } from '../../lib';
import type { AccessToken } from '../../lib/tokens/claims';
import { EXPRESS } from '../support/app';
import { bearer, send } from '../support/http';
import { serve } from '../support/serve';

const TOKEN: AccessToken = { clientId: 'C1', scopes: ['a'], audience: ['https://files.example/'], subject: 'C1', expiresAt: 4_000_000_000, claims: {} } as never;

function guard(parts: Partial<BearerParts> = {}): { readonly requireBearer: RequireBearer; readonly events: OAuthEvent[] } {
  const events: OAuthEvent[] = [];
  const requireBearer = createRequireBearer({ verify: () => ({ ...TOKEN, claims: {} }), realm: 'r', metadataFor: () => undefined, emit: (event) => events.push(event), ...parts });
  return { requireBearer, events };
}

/** Asks a route behind `requireBearer('a')` of an app that listens where no address is: on a socket of the file system. */
async function askLocally(requireBearer: RequireBearer, authorization = 'Bearer x'): Promise<{ readonly status: number | undefined; readonly challenge: string | undefined; readonly auth: unknown }> {
  const folder = mkdtempSync(join(tmpdir(), 'bearer-'));
  const socketPath = join(folder, 'socket');
  const app = EXPRESS[5]();
  app.get('/files', requireBearer('a'), (req, res) => {
    res.json(Object.keys(req.auth ?? {}));
  });
  const server = app.listen(socketPath);
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await new Promise((resolve, reject) => {
      request({ socketPath, path: '/files', headers: { authorization } }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => { resolve({ status: answer.statusCode, challenge: answer.headers['www-authenticate'], auth: text && JSON.parse(text) }); });
      }).on('error', reject).end();
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  }
}

describe('the arguments of requireBearer', () => {
  const { requireBearer } = guard();
  const name = 'a scope is a name of printable characters without space, " and \\';
  it.each<[string, readonly unknown[], string]>([
    ['three of them', ['a', {}, 'b'], 'there are two arguments; pass several scopes as an array'],
    ['those of a handler', [{}, {}, () => undefined], 'it makes a handler and is none itself; write requireBearer() or requireBearer(scope)'],
    ['an undefined one', [undefined], 'the scope is undefined; for any valid token call requireBearer() or pass []'],
    ['several scopes in one text', ['a b'], '"a b" is several scopes; pass ["a","b"]'],
    ['an empty scope', [''], name],
    ['a quoted scope', ['a"b'], name],
    ['a scope and what is none', ['a b"'], name],
    ['what is none and a scope', [['"a b']], name],
    ['two spaces', ['a  b'], name],
    ['a number', [5], name],
    ['a number among scopes', [['a', 5]], name],
    ['null', [null], name],
    ['null for options', ['a', null], 'the second argument is an object of options'],
    ['an array for options', ['a', []], 'the second argument is an object of options'],
    ['a number for options', ['a', 5], 'the second argument is an object of options'],
    ['a text for options', ['a', 'b'], 'the second argument is an object of options'],
    ['an unknown option', ['a', { all: true }], 'there is no option "all"; there are any, user, optional'],
    ['an option that is no boolean', ['a', { user: 'yes' }], 'the option user is true or false'],
    ['null for an option', ['a', { optional: null }], 'the option optional is true or false'],
    ['any of no scopes', [[], { any: true }], 'the option any needs scopes to choose from'],
  ])('BR-16 are refused with the cure: %s', (_name, args, message) => {
    expect(() => requireBearer(...(args as []))).toThrow(new TypeError(`requireBearer: ${message}`));
  });

  it.each<[string, readonly unknown[]]>([
    ['none', []],
    ['no scopes', [[]]],
    ['options that are undefined', ['a', { any: undefined, user: undefined, optional: undefined }]],
    ['undefined for options', ['a', undefined]],
    ['one of several', [['a', 'b'], { any: true }]],
  ])('BR-16 are taken: %s', (_name, args) => {
    expect(requireBearer(...(args as []))).toEqual(expect.any(Function));
  });
});

describe('what requireBearer tells', () => {
  it('OW-18 names no address in an event where the connection has none', async () => {
    const { requireBearer, events } = guard({ verify: () => undefined });
    const answer = await askLocally(requireBearer);
    expect(answer.status).toBe(401);
    expect(events).toStrictEqual([{ type: 'bearer_refused', error: 'invalid_token', path: '/files' }]);
  });

  it('OW-18 names the address of who was refused', async () => {
    const { requireBearer, events } = guard({ verify: () => undefined });
    const server = await serve({ routes: (app) => app.get('/files', requireBearer('a')) });
    await send(server, '/files', { headers: bearer('x') });
    expect(events).toStrictEqual([{ type: 'bearer_refused', error: 'invalid_token', path: '/files', address: '127.0.0.1' }]);
  });

  it('BR-09 says to a bad token that it is bad, and not which scopes a good one needs', async () => {
    const { requireBearer } = guard({ verify: () => undefined });
    expect((await askLocally(requireBearer)).challenge).toBe('Bearer realm="r", error="invalid_token", error_description="The access token is not valid"');
  });

  it('BR-10 says to a token without the scope which scopes the route needs', async () => {
    const { requireBearer } = guard({ verify: () => ({ ...TOKEN, scopes: ['b'], claims: {} }) });
    const answer = await askLocally(requireBearer);
    expect(answer.status).toBe(403);
    expect(answer.challenge).toBe('Bearer realm="r", error="insufficient_scope", error_description="The access token does not reach this far", scope="a"');
  });

  it.each<[string, unknown, (thrown: unknown) => unknown]>([
    ['an error', new Error('down'), (thrown) => thrown],
    ['an OAuthError with a cause', new OAuthError('server_error', 'no', { cause: 'the cause' }), () => 'the cause'],
    ['an OAuthError without one', new OAuthError('server_error', 'no'), (thrown) => thrown],
  ])('ERR-04 tells the operator, not the client, where it broke and why: %s', async (_name, thrown, cause) => {
    const { requireBearer, events } = guard({ verify: () => { throw thrown; } });
    expect((await askLocally(requireBearer)).status).toBeGreaterThanOrEqual(500);
    expect(events).toEqual([{ type: 'fault', where: 'requireBearer', cause: cause(thrown) }]);
  });

  it('runs no handler where req.auth keeps what other middleware put there, and tells the operator', async () => {
    const { requireBearer, events } = guard();
    const req = Object.defineProperty({ headers: { authorization: 'Bearer x' }, rawHeaders: [], baseUrl: '', path: '/' }, 'auth', { get: () => 'other', set: () => undefined });
    let ran = false;
    const res = { writeHead: () => res, setHeader: () => res, end: () => res };
    requireBearer('a')(req as never, res as never, () => { ran = true; });
    expect(ran).toBe(false);
    expect(events).toEqual([{ type: 'fault', where: 'requireBearer', cause: new Error('requireBearer: other middleware has made req.auth a property that keeps its own value; let it stand elsewhere') }]);
  });

  it('leaves in req.auth no field that says nothing', async () => {
    const { requireBearer } = guard();
    expect((await askLocally(requireBearer)).auth).toEqual(['token', 'clientId', 'scopes', 'expiresAt', 'subject', 'claims', 'resource']);
  });
});

describe('req.auth', () => {
  const verified = (audience: readonly string[]): AccessToken => ({ ...TOKEN, audience, claims: {} });

  it('has the token as it came, and in all else what the claims say', () => {
    const known = verified(['https://files.example/']);
    const auth = toAuth('x', known);
    expect(Object.isFrozen(auth)).toBe(true);
    expect(toAuth('y', known)).toEqual({ ...auth, token: 'y' });
    expect(toAuth('y', known).scopes).toBe(auth.scopes);
  });

  it('has a resource where the token is for one that is a URL, whose value nobody changes', () => {
    const { resource } = toAuth('x', verified(['https://one.example/a?b=c']));
    expect(resource?.href).toBe('https://one.example/a?b=c');
    expect(toAuth('x', verified(['https://one.example/a?b=c'])).resource).toBe(resource);
    for (const audience of [['no-url'], [''], [], ['https://one.example/', 'https://two.example/']]) {
      expect(toAuth('x', verified(audience))).not.toHaveProperty('resource');
    }
  });
});

describe('the scopes that the routes ask for', () => {
  it.each<[readonly unknown[], readonly string[]]>([
    [[], []],
    [['a'], ['a']],
    [[['a', 'b']], ['a', 'b']],
    [[['b'], { any: true }], ['b']],
  ])('PR-05 are noted for the metadata: %j', (args, noted) => {
    const scopes = new Set<string>();
    noteScopes(guard().requireBearer, scopes)(...(args as []));
    expect([...scopes]).toEqual(noted);
  });
});
