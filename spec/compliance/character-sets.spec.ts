import { OAuthError, type Client } from '../../lib';
import { U1, type ExpressMajor, type StartOptions, type TestServer } from '../support/app';
import { expectE401, expectError, expectOk } from '../support/expect';
import { sha256Hash } from '../support/hash';
import { basic, C1, login, refresh, T, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

// RFC 6749 Appendix A, each set at its boundaries and one beyond.
const MACHINE = { grant_type: 'client_credentials' };
const hex = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0');
/** Rows for `it.each`: the name of the character and itself. */
const characters = (...codes: readonly number[]): [string, string][] => codes.map((code) => [hex(code), String.fromCodePoint(code)]);

describe.each(MAJORS)('character sets on Express %i', (express: ExpressMajor) => {
  const start = (options: StartOptions = {}): Promise<TestServer> => serve({ express, ...options });

  const both = (server: TestServer, id: string, secret: string): Promise<Answer[]> =>
    Promise.all([
      T(server, MACHINE, basic(id, secret)),
      T(server, MACHINE, basic(encodeURIComponent(id), encodeURIComponent(secret))),
      T(server, { ...MACHINE, client_id: id, client_secret: secret }, {}),
    ]);
  const startWith = async (...pairs: readonly (readonly [string, string])[]): Promise<TestServer> => {
    const server = await start();
    for (const [id, secret] of pairs) server.clients.set(id, { id, secretHash: sha256Hash(secret), grants: ['client_credentials'], scopes: [] });
    return server;
  };

  it.each(characters(0x20, 0x21, 0x22, 0x25, 0x2b, 0x5c, 0x7d, 0x7e))('CS-01 takes %s in client_id and client_secret', async (_name, character) => {
    const [id, secret] = [`i${character}d`, `${character}s${character}`];
    for (const answer of await both(await startWith([id, secret]), id, secret)) expectOk(answer);
  });

  it.each(characters(0x00, 0x1f, 0x7f, 0x80, 0x9f))('CS-01 refuses %s in client_id and client_secret, though the store holds it', async (_name, character) => {
    const [id, secret] = [`i${character}d`, `${character}s`];
    const server = await startWith([id, 's'], ['id', secret]);
    for (const answer of [...(await both(server, id, 's')), ...(await both(server, 'id', secret))]) expectE401(answer);
  });

  it('CS-01 takes every character from 20 to 7E at once', async () => {
    const all = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('');
    const id = all.replace(':', '');
    for (const answer of await both(await startWith([id, all]), id, all)) expectOk(answer);
  });

  const scopeOf = async (text: string, allowed: readonly string[] = [text]): Promise<Answer> => {
    const server = await start({ oauth: { grantScopes: ({ requested }) => requested } });
    // Where the store's own list would be no list of scopes, the hook alone decides.
    server.clients.set('C1', { ...server.clients.get('C1')!, scopes: allowed.every((one) => /^[!#-[\]-~]+$/.test(one)) ? allowed : ['a'] });
    return T(server, { ...MACHINE, scope: text });
  };

  it.each(characters(0x21, 0x23, 0x5b, 0x5d, 0x7e))('CS-02 takes %s in a scope', async (_name, character) => {
    for (const scope of [character, `a${character}b`]) {
      const answer = await scopeOf(scope);
      expectOk(answer);
      expect(answer.json['scope']).toBe(scope);
    }
  });

  it.each(characters(0x00, 0x09, 0x0a, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xa0, 0xe9, 0x2028))('CS-02 refuses %s in a scope', async (_name, character) => {
    for (const scope of [character, `a${character}b`, `a ${character}`]) expectError(await scopeOf(scope), 400, 'invalid_scope');
  });

  it('CS-02 takes 20 for what stands between scopes, once', async () => {
    const answer = await scopeOf('a b', ['a', 'b']);
    expectOk(answer);
    expect(answer.json['scope']).toBe('a b');
    for (const scope of [' ', ' a', 'a ', 'a  b']) expectError(await scopeOf(scope, ['a', 'b']), 400, 'invalid_scope');
  });

  const everything = Array.from({ length: 0x180 }, (_, i) => String.fromCharCode(i)).join('');
  it.each([0x00, 0x0a, 0x0d, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0xe9, 0x2028, 0xd800])('CS-03 says no %i in error_description, whatever the app says', async (code) => {
    const server = await start({
      oauth: {
        verifyUser: () => {
          throw new OAuthError('invalid_grant', `before${String.fromCharCode(code)}after`);
        },
      },
    });
    const answer = await login(server);
    expectError(answer, 400, 'invalid_grant');
    const legal = /[\x20-\x21\x23-\x5B\x5D-\x7E]/.test(String.fromCharCode(code));
    expect(answer.json['error_description']).toMatch(legal ? `before${String.fromCharCode(code)}after` : /^before[ '?]after$/);
  });

  it('CS-03 says nothing that the request said, where that is outside the set', async () => {
    const server = await start();
    for (const name of ['grant_type', 'scope', 'username', 'password', 'refresh_token', 'resource', 'client_id', 'client_secret', everything]) {
      for (const grant of ['client_credentials', 'password', 'refresh_token']) {
        const answer = await T(server, { grant_type: grant, username: 'U1', [name]: everything }, name.startsWith('client_') ? {} : C1);
        if (answer.status === 200) expectOk(answer);
        else expectError(answer, answer.status, String(answer.json['error']));
        for (const { headers } of [answer]) for (const [, value] of headers) expect(value).toMatch(/^[\x20-\x7E]*$/);
      }
    }
    // The names of parameters as well.
    for (const bad of ['a"b', 'a\\b', 'a\nb', 'é', '\u2028', everything]) {
      const pair = `${encodeURIComponent(bad)}=1`;
      expectError(await T(server, `grant_type=client_credentials&${pair}&${pair}`), 400, 'invalid_request');
    }
  });

  it.each(['a"b', 'a\\b', 'a\nb', 'é', '', '\u007f'])('CS-03 takes no code %j, and no such error_uri', (text) => {
    expect(() => new OAuthError(text)).toThrow(TypeError);
    expect(() => new OAuthError('invalid_grant', 'words', { uri: `https://auth.example/${text} ` })).toThrow(TypeError);
  });

  const types = ['urn:ietf:params:oauth:grant-type:saml2-bearer', 'https://auth.example/grants/own?x=1&y=%2F', 'urn:x:a%3Ab', 'own-grant._1', 'a:b/c'];
  it.each(types)('CS-04 takes the grant type %s to the letter', async (type) => {
    const server = await start({ oauth: { grants: [{ type, handle: () => ({}) }] } });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [type, decodeURIComponent(type), type.toUpperCase(), `${type}/`] });
    expectOk(await T(server, { grant_type: type }));
    for (const other of [type.toUpperCase(), `${type}/`, `${type} `, ` ${type}`, `${type}\0`, encodeURIComponent(type)].filter((one) => one !== type)) {
      expectError(await T(server, { grant_type: other }), 400, 'unsupported_grant_type');
    }
  });

  it.each(characters(0x00, 0x0a, 0x20, 0x22, 0x25, 0x2f, 0x3a, 0x5c, 0x7f, 0x80, 0xe9, 0xfffd))('CS-04 knows no grant type with %s in it', async (_name, character) => {
    const server = await start();
    const type = `client_credentials${character}`;
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [type] });
    expectError(await T(server, { grant_type: type }), 400, 'unsupported_grant_type');
  });

  it.each(['jwt', 'opaque'] as const)('CS-05 makes tokens of visible ASCII that a header can carry: %s', async (format) => {
    const server = await start({ oauth: { accessToken: { format } } });
    server.clients.set('C1', { ...server.clients.get('C1')!, id: 'C1', scopes: ['a', '!#~[]{}'] });
    const answer = await login(server, { scope: 'a !#~[]{}' });
    expectOk(answer);
    expect(answer.json['access_token']).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/);
    expect(answer.json['refresh_token']).toMatch(/^[\x21-\x7E]+$/);
  });

  it.each(characters(0x00, 0x1f, 0x20, 0x22, 0x2e, 0x7e, 0x7f, 0x80, 0x2028))('CS-05 takes no refresh token with %s in it, and the true one stays', async (_name, character) => {
    const server = await start();
    const token = String((await login(server)).json['refresh_token']);
    for (const other of [character, token + character, character + token, token.replace('.', `.${character}`), token.replace('.', character === '.' ? '..' : character)]) {
      expectError(await refresh(server, other), 400, 'invalid_grant');
    }
    expectOk(await refresh(server, token));
  });

  const startListening = async (seen: string[][]): Promise<TestServer> =>
    start({
      oauth: {
        verifyUser: (username, password) => {
          seen.push([username, password]);
          return U1;
        },
      },
    });

  it.each(characters(0x09, 0x20, 0x7e, 0x80, 0x9f, 0xa0, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff, 0x2028, 0xfeff))('CS-06 takes %s in username and password, unchanged', async (_name, character) => {
    const seen: string[][] = [];
    const server = await startListening(seen);
    const text = `${character}x${character}`;
    expectOk(await login(server, { username: text, password: text }));
    expectOk(await login(server, { username: character, password: character }));
    expect(seen).toEqual([[text, text], [character, character]]);
  });

  it.each(characters(0x00, 0x08, 0x0a, 0x0b, 0x0d, 0x1f, 0x7f, 0xfffe, 0xffff))('CS-06 refuses %s in username and password', async (_name, character) => {
    const seen: string[][] = [];
    const server = await startListening(seen);
    for (const text of [character, `x${character}`, `${character}x`, `x${character}y`]) {
      expectError(await login(server, { username: text }), 400, 'invalid_request');
      expectError(await login(server, { password: text }), 400, 'invalid_request');
    }
    expect(seen).toEqual([]);
  });

  it.each(['%ED%9F%C0', '%ED%A0%80', '%ED%BF%BF', '%ED%A0%80%ED%B0%80', '%F4%90%80%80', '%EE%80'])('CS-06 refuses %s, which is no code point', async (octets) => {
    const seen: string[][] = [];
    const server = await startListening(seen);
    expectError(await T(server, `grant_type=password&username=${octets}&password=x`), 400, 'invalid_request');
    expectError(await T(server, `grant_type=password&username=x&password=${octets}`), 400, 'invalid_request');
    expect(seen).toEqual([]);
  });

  const lifetimes: [string, NonNullable<StartOptions['oauth']>, Partial<Client>, string][] = [
    ['by default', {}, {}, '3600'], ['of the server', { accessToken: { lifetime: 1 } }, {}, '1'], ['of the client', {}, { accessTokenLifetime: 86_400 }, '86400'], ['of an opaque token', { accessToken: { format: 'opaque', lifetime: 100_000_000 } }, {}, '100000000'],
  ];
  it.each(lifetimes)('CS-07 writes expires_in in digits alone: the lifetime %s', async (_name, oauth, client, digits) => {
    const server = await start({ oauth });
    server.clients.set('C1', { ...server.clients.get('C1')!, ...client });
    for (const answer of [await T(server, MACHINE), await login(server)]) {
      expectOk(answer);
      expect(/"expires_in":([^,}]*)[,}]/.exec(answer.text)?.[1]).toBe(digits);
    }
  });

  it.each(['-', '.', '_', '0', '9', 'a', 'z', 'A', 'Z'])('CS-08 takes a parameter of its own for one with %j in its name, and ignores it', async (character) => {
    const server = await start();
    for (const name of [`scope${character}`, `${character}scope`, `grant_type${character}`]) {
      const answer = await T(server, { ...MACHINE, [name]: 'b' });
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
    }
  });

  it.each([...characters(0x00, 0x09, 0x0a, 0x20, 0x22, 0x24, 0x25, 0x26, 0x2b, 0x2f, 0x3a, 0x3d, 0x5c, 0x7f, 0x80, 0xe9, 0xfeff, 0xfffd), ['nothing', ''] as [string, string]])('CS-08 never takes a name with %s in it for one that it knows', async (_name, character) => {
    const server = await start();
    for (const name of [`scope${character}`, `${character}scope`].filter((one) => one !== 'scope')) {
      const answer = await T(server, { ...MACHINE, [name]: 'b' });
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
    }
    for (const name of [`grant_type${character}`, `${character}grant_type`, 'GRANT_TYPE', 'Grant_Type'].filter((one) => one !== 'grant_type')) {
      expectError(await T(server, { [name]: 'client_credentials' }), 400, 'invalid_request');
    }
  });

  it.each(['[', '[]', '[0]', '[a]'])('CS-08 refuses a name with %s in it, which other readers make arrays of', async (brackets) => {
    const server = await start();
    expectError(await T(server, { ...MACHINE, [`foo${brackets}`]: 'b' }), 400, 'invalid_request');
    expectError(await T(server, { [`grant_type${brackets}`]: 'client_credentials' }), 400, 'invalid_request');
  });
});
