import { OAuthError } from '../../lib';
import { invalidClient, invalidRequest, serverError, toOAuthError, unavailable } from '../../lib/errors';

describe('a refusal', () => {
  it.each<[string, string, number]>([
    ['invalid_request', 'invalid_request', 400],
    ['invalid_client', 'invalid_client', 401],
    ['insufficient_scope', 'insufficient_scope', 403],
    ['temporarily_unavailable', 'temporarily_unavailable', 503],
    ['method_not_allowed', 'invalid_request', 405],
    ['request_too_large', 'invalid_request', 413],
    ['throttled', 'temporarily_unavailable', 429],
    ['mfa_required', 'mfa_required', 400],
    ['toString', 'toString', 400],
  ])('%s goes out as %s with status %i', (code, wire, status) => {
    const error = new OAuthError(code);
    expect(error).toMatchObject({ name: 'OAuthError', code: wire, status, description: undefined, uri: undefined, retryAfter: undefined, message: code });
    expect(error).not.toHaveProperty('cause');
  });

  it('has the words, the page and the time that it was given, and tells its cause to nobody but who asks', () => {
    const cause = new Error('why');
    const error = new OAuthError('a', 'b', { status: 599, uri: 'https://e.example/', retryAfter: 0, cause });
    expect(error).toMatchObject({ message: 'b', description: 'b', status: 599, uri: 'https://e.example/', retryAfter: 0, cause });
    expect(new OAuthError('a', 'b', { cause: undefined })).toHaveProperty('cause', undefined);
  });

  it.each([['say "no" \\', "say 'no' '"], ['a\r\n\t b', 'a  b'], ['a\n\nb', 'a b'], ['é🙂', '???'], ['', '?'], ['~ !', '~ !'], ['\u0000', '?']])('says %j as %j, which may stand in an answer (RFC 6749 §5.2)', (given, said) => {
    expect(new OAuthError('a', given).description).toBe(said);
  });

  it.each<[string, object, string]>([
    ['', {}, 'OAuthError: the code may hold printable ASCII without " and \\'],
    ['a"b', {}, 'OAuthError: the code may hold printable ASCII without " and \\'],
    ['é', {}, 'OAuthError: the code may hold printable ASCII without " and \\'],
    ['a', { uri: 'a b' }, 'OAuthError: uri is no URI reference'],
    ['a', { uri: '' }, 'OAuthError: uri is no URI reference'],
    ['a', { retryAfter: -1 }, 'OAuthError: retryAfter must be a number of seconds'],
    ['a', { retryAfter: Infinity }, 'OAuthError: retryAfter must be a number of seconds'],
    ['a', { retryAfter: '5' }, 'OAuthError: retryAfter must be a number of seconds'],
    ['a', { status: 399 }, 'OAuthError: status must be a whole number from 400 to 599'],
    ['a', { status: 600 }, 'OAuthError: status must be a whole number from 400 to 599'],
    ['a', { status: 400.5 }, 'OAuthError: status must be a whole number from 400 to 599'],
  ])('is none: %j with %j', (code, options, message) => {
    expect(() => new OAuthError(code, undefined, options)).toThrow(new TypeError(message));
  });
});

describe('what was caught', () => {
  const fault = (cause: unknown): unknown => expect.objectContaining({ code: 'server_error', status: 500, description: 'The request could not be completed', cause });

  it('is an answer where it is a refusal', () => {
    const error = new OAuthError('invalid_grant');
    expect(toOAuthError(error)).toBe(error);
    class Mine extends OAuthError {}
    const mine = new Mine('mine', 'words', { uri: 'https://e.example/', retryAfter: 1 });
    expect(toOAuthError(mine)).toBe(mine);
  });

  it.each([[new Error('x')], ['text'], [undefined], [{ code: 'invalid_grant', status: 400 }]])('is a fault where it is none: %p', (caught) => {
    expect(toOAuthError(caught)).toEqual(fault(caught));
    expect(toOAuthError(caught).cause).toBe(caught);
  });

  it.each<[string, object]>([
    ['status', { status: 200 }], ['status', { status: 'x' }], ['code', { code: undefined }], ['code', { code: 5 }], ['code', { code: 'a"b' }],
    ['description', { description: 'é' }], ['description', { description: 5 }], ['uri', { uri: 'a b' }], ['retryAfter', { retryAfter: -1 }],
  ])('is a fault where the app has put something else into its %s: %j', (_name, fields) => {
    const error = Object.assign(new OAuthError('invalid_grant', 'words', { uri: 'https://e.example/', retryAfter: 1 }), fields);
    expect(toOAuthError(error)).toEqual(fault(error));
  });

  it('is a fault where it cannot be looked at', () => {
    const odd = new Proxy(new OAuthError('a'), { get: () => { throw new Error('no'); } });
    expect(toOAuthError(odd).cause).toBe(odd);
  });
});

it('what everybody is told has its words', () => {
  const cause = new Error('why');
  expect(invalidClient()).toMatchObject({ code: 'invalid_client', description: 'Client authentication failed' });
  expect(unavailable(cause)).toMatchObject({ code: 'temporarily_unavailable', description: 'The service cannot answer right now', cause, retryAfter: 2 });
  expect(invalidRequest('Words')).toMatchObject({ code: 'invalid_request', status: 400, description: 'Words' });
  expect(unavailable(cause, 7).retryAfter).toBe(7);
  expect(serverError(cause)).toMatchObject({ code: 'server_error', description: 'The request could not be completed', cause });
});
