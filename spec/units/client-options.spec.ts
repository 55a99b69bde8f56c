import { readClientOptions, type TokenClientOptions } from '../../lib/client/options';

const ENDPOINT = 'https://auth.example/token';
const read = (options: object): ReturnType<typeof readClientOptions> => readClientOptions(options as TokenClientOptions);
const refusalOf = (options: unknown): string => {
  try {
    readClientOptions(options as TokenClientOptions);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
};

describe('the options of TokenClient', () => {
  it('have defaults', async () => {
    const { endpoints, fetch: fetcher, ...settings } = read({ tokenEndpoint: ENDPOINT, clientId: 'C1' });
    expect(settings).toEqual({ clientId: 'C1', clientSecret: undefined, scope: undefined, authMethod: 'client_secret_basic', timeout: 10_000 });
    expect(await endpoints()).toEqual({ token: ENDPOINT, revocation: undefined });
    expect(await (await fetcher('data:,hello')).text()).toBe('hello');
  });

  it('are taken as they are given', async () => {
    const given = { clientId: 'C1', clientSecret: 'secret', scope: 'a b', authMethod: 'client_secret_post', fetch };
    const { endpoints, ...settings } = read({ ...given, timeout: 0.01, tokenEndpoint: ENDPOINT, revocationEndpoint: 'https://auth.example/revoke' });
    expect(settings).toEqual({ ...given, timeout: 10 });
    expect(await endpoints()).toEqual({ token: ENDPOINT, revocation: 'https://auth.example/revoke' });
    expect(read({ tokenEndpoint: ENDPOINT, clientId: 'C1', authMethod: 'client_secret_basic' }).authMethod).toBe('client_secret_basic');
  });

  it('TE-16 keep the query of an endpoint', async () => {
    const endpoints = { tokenEndpoint: `${ENDPOINT}?tenant=1`, revocationEndpoint: 'https://auth.example/revoke?tenant=1' };
    expect(await read({ ...endpoints, clientId: 'C1' }).endpoints()).toEqual({ token: endpoints.tokenEndpoint, revocation: endpoints.revocationEndpoint });
    expect(refusalOf({ tokenEndpoint: `${ENDPOINT}#a`, clientId: 'C1' })).toContain('- tokenEndpoint: received ');
  });

  it('look the endpoints of an issuer up with the fetch that is given', async () => {
    const asked: unknown[] = [];
    const fetcher: typeof fetch = (input) => {
      asked.push(input);
      return Promise.resolve(Response.json({ issuer: 'https://auth.example', token_endpoint: ENDPOINT }));
    };
    expect(await read({ issuer: 'https://auth.example', clientId: 'C1', fetch: fetcher }).endpoints()).toEqual({ token: ENDPOINT, revocation: undefined });
    expect(asked).toEqual(['https://auth.example/.well-known/oauth-authorization-server']);
  });

  it('need an issuer or a token endpoint', () => {
    expect(refusalOf({ clientId: 'C1' })).toBe('TokenClient: a problem in the options\n- issuer: received nothing, wanted the issuer, or tokenEndpoint in its place');
  });

  it('are missed one by one where there are none', () => {
    const missing = [
      '- clientId: received nothing, wanted a text that is not empty',
      '- issuer: received nothing, wanted the issuer, or tokenEndpoint in its place',
    ];
    expect(refusalOf(undefined)).toBe(['TokenClient: 2 problems in the options', ...missing].join('\n'));
  });

  it('are none of another name', () => {
    expect(refusalOf({ tokenEndpoint: ENDPOINT, clientId: 'C1', clientSecrets: 'x' })).toContain('\n- clientSecrets: received a string of 1 characters, wanted an option that exists');
  });

  it.each([
    ['issuer', 'http://auth.example', 'an absolute https URL without query and fragment, as clients see it (http for localhost alone)'],
    ['tokenEndpoint', '/token', 'an absolute https URL (http for localhost alone)'],
    ['revocationEndpoint', '/revoke', 'an absolute https URL (http for localhost alone)'],
    ['clientId', 7, 'a text that is not empty'],
    ['clientId', '', 'a text that is not empty'],
    ['clientSecret', '', 'a text that is not empty'],
    ['scope', ['a'], 'a text that is not empty'],
    ['authMethod', 'none', 'client_secret_basic or client_secret_post'],
    ['timeout', 0, 'a number of seconds from 0.01 to 300'],
    ['timeout', 301, 'a number of seconds from 0.01 to 300'],
    ['fetch', {}, 'a function like fetch'],
  ])('say what %s wants, in place of %j', (name, value, wanted) => {
    const other = name === 'tokenEndpoint' ? { issuer: 'https://auth.example' } : { tokenEndpoint: ENDPOINT };
    const refusal = refusalOf({ clientId: 'C1', ...other, [name]: value });
    expect(refusal).toMatch(/^TokenClient: a problem in the options\n/);
    expect(refusal).toContain(`\n- ${name}: received `);
    expect(refusal.endsWith(`, wanted ${wanted}`)).toBe(true);
  });
});
