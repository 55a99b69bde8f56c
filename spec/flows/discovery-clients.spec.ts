import * as oauth4webapi from 'oauth4webapi';
import * as openid from 'openid-client';
import { AUDIENCE_1, SECRETS, U1 } from '../support/app';
import { realIssuer, type Place, type RealIssuer } from '../support/issuer';
import { newKey } from '../support/keys';

// The clients refuse http even on this machine until they are told.
const INSECURE = { [oauth4webapi.allowInsecureRequests]: true };
const PLACES: readonly (readonly [string, Place])[] = [
  ['127.0.0.1 under a path', {}],
  ['localhost under a path', { host: 'localhost' }],
  ['localhost under a longer path', { host: 'localhost', path: '/team/oauth' }],
  ['127.0.0.1 at the root', { path: '' }],
];
const ALGORITHMS = ['oauth2', 'oidc'] as const;
const CASES = PLACES.flatMap(([name, place]) => ALGORITHMS.map((algorithm) => [algorithm, name, place] as const));
const PASSWORD_GRANT = { username: 'U1', password: 'pw1', scope: 'a openid' };
const KEYS = [newKey('ES256'), newKey('RS256')];
const start = (place: Place = {}): Promise<RealIssuer> => realIssuer({ keys: KEYS, accessToken: { audience: AUDIENCE_1 }, findUser: (id) => (id === U1.id ? U1 : undefined) }, 0, place);

describe('openid-client', () => {
  const AUTHENTICATION: readonly (readonly [string, string, openid.ClientAuth])[] = [
    ['Basic', 'C1', openid.ClientSecretBasic(SECRETS.C1)],
    ['the body', 'C1', openid.ClientSecretPost(SECRETS.C1)],
    ['no secret', 'P1', openid.None()],
  ];
  const discover = (issuer: string, algorithm: (typeof ALGORITHMS)[number], [, id, authentication] = AUTHENTICATION[0]!): Promise<openid.Configuration> =>
    openid.discovery(new URL(issuer), id, undefined, authentication, { algorithm, execute: [openid.allowInsecureRequests] });

  it.each(CASES)('finds by %s, at %s, what gives tokens for both grants', async (algorithm, _name, place) => {
    const { issuer } = await start(place);
    const config = await discover(issuer, algorithm);
    expect(config.serverMetadata().issuer).toBe(issuer);
    // It verifies the signature of id_tokens too, by the JWKS it found.
    openid.enableNonRepudiationChecks(config);

    const own = await openid.clientCredentialsGrant(config, { scope: 'a' });
    expect(own).toMatchObject({ token_type: 'bearer', scope: 'a', expires_in: 3600 });
    const session = await openid.genericGrantRequest(config, 'password', PASSWORD_GRANT);
    expect(session.claims()).toMatchObject({ iss: issuer, sub: U1.id, aud: 'C1' });
    const next = await openid.refreshTokenGrant(config, session.refresh_token!);
    expect(next.claims()?.sub).toBe(U1.id);

    expect(await openid.tokenIntrospection(config, next.access_token)).toMatchObject({ active: true, sub: U1.id, scope: 'a openid', iss: issuer });
    await openid.tokenRevocation(config, next.refresh_token!);
    expect(await openid.tokenIntrospection(config, next.access_token)).toEqual({ active: false });
    await expect(openid.refreshTokenGrant(config, next.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it.each(AUTHENTICATION)('authenticates by %s', async (...client) => {
    const { issuer, clients } = await start();
    clients.set('P1', { ...clients.get('P1')!, scopes: ['a', 'openid'] });
    const config = await discover(issuer, 'oauth2', client);
    const session = await openid.genericGrantRequest(config, 'password', PASSWORD_GRANT);
    expect((await openid.refreshTokenGrant(config, session.refresh_token!)).claims()?.aud).toBe(client[1]);
    await openid.tokenRevocation(config, session.access_token);
  });

  it('reads the user behind a token that is for the server itself', async () => {
    const { issuer, clients } = await start();
    clients.set('C1', { ...clients.get('C1')!, idTokenAlg: 'RS256' });
    const config = await discover(issuer, 'oauth2');
    const session = await openid.genericGrantRequest(config, 'password', PASSWORD_GRANT);
    expect(await openid.fetchUserInfo(config, session.access_token, U1.id)).toEqual({ ...U1.claims, sub: U1.id });
  });

  it('names a resource, and gets a token for it', async () => {
    const { issuer } = await start();
    const config = await discover(issuer, 'oauth2');
    const { access_token: token } = await openid.clientCredentialsGrant(config, { scope: 'a', resource: AUDIENCE_1 });
    expect(await openid.tokenIntrospection(config, token)).toMatchObject({ active: true, aud: AUDIENCE_1 });
    await expect(openid.clientCredentialsGrant(config, { resource: 'https://other.example/' })).rejects.toMatchObject({ error: 'invalid_target' });
  });

  it('refuses, as it must, a server that does not call itself what it was asked for', async () => {
    const { issuer } = await start({ host: 'localhost' });
    for (const algorithm of ALGORITHMS) await expect(discover(issuer.replace('localhost', '127.0.0.1'), algorithm)).rejects.toThrow();
  });

  it('tells wrong credentials from a wrong password', async () => {
    const { issuer } = await start();
    const stranger = await discover(issuer, 'oauth2', ['Basic', 'C1', openid.ClientSecretBasic('wrong')]);
    await expect(openid.clientCredentialsGrant(stranger)).rejects.toMatchObject({ status: 401, code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' });
    const config = await discover(issuer, 'oauth2');
    await expect(openid.genericGrantRequest(config, 'password', { ...PASSWORD_GRANT, password: 'wrong' })).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  });
});

describe('oauth4webapi', () => {
  const client: oauth4webapi.Client = { client_id: 'C1' };
  const authentication = oauth4webapi.ClientSecretBasic(SECRETS.C1);
  const discover = async (issuer: string, algorithm: (typeof ALGORITHMS)[number]): Promise<oauth4webapi.AuthorizationServer> =>
    oauth4webapi.processDiscoveryResponse(new URL(issuer), await oauth4webapi.discoveryRequest(new URL(issuer), { algorithm, ...INSECURE }));

  it.each(CASES)('finds by %s, at %s, what gives tokens for both grants', async (algorithm, _name, place) => {
    const { issuer } = await start(place);
    const server = await discover(issuer, algorithm);
    expect(server.issuer).toBe(issuer);

    const own = await oauth4webapi.processClientCredentialsResponse(server, client, await oauth4webapi.clientCredentialsGrantRequest(server, client, authentication, { scope: 'a' }, INSECURE));
    expect(own).toMatchObject({ token_type: 'bearer', scope: 'a', expires_in: 3600 });
    const login = await oauth4webapi.genericTokenEndpointRequest(server, client, authentication, 'password', PASSWORD_GRANT, INSECURE);
    const session = await oauth4webapi.processGenericTokenEndpointResponse(server, client, login);
    await oauth4webapi.validateApplicationLevelSignature(server, login, INSECURE);
    expect(oauth4webapi.getValidatedIdTokenClaims(session)).toMatchObject({ iss: issuer, sub: U1.id, aud: 'C1' });
    const next = await oauth4webapi.processRefreshTokenResponse(server, client, await oauth4webapi.refreshTokenGrantRequest(server, client, authentication, session.refresh_token!, INSECURE));
    expect(next.access_token).not.toBe(session.access_token);

    const looked = await oauth4webapi.introspectionRequest(server, client, authentication, next.access_token, INSECURE);
    expect(await oauth4webapi.processIntrospectionResponse(server, client, looked)).toMatchObject({ active: true, sub: U1.id });
    const info = await oauth4webapi.userInfoRequest(server, client, next.access_token, INSECURE);
    expect(await oauth4webapi.processUserInfoResponse(server, client, U1.id, info)).toMatchObject({ sub: U1.id, name: 'User One' });
    await oauth4webapi.processRevocationResponse(await oauth4webapi.revocationRequest(server, client, authentication, next.access_token, INSECURE));
    const again = await oauth4webapi.introspectionRequest(server, client, authentication, next.access_token, INSECURE);
    expect(await oauth4webapi.processIntrospectionResponse(server, client, again)).toEqual({ active: false });
  });

  it('as a resource server takes our access tokens, and none of our id_tokens', async () => {
    const { issuer } = await start();
    const server = await discover(issuer, 'oauth2');
    const response = await oauth4webapi.genericTokenEndpointRequest(server, client, authentication, 'password', PASSWORD_GRANT, INSECURE);
    const session = await oauth4webapi.processGenericTokenEndpointResponse(server, client, response);
    const asked = (token: string): Request => new Request('https://files.example/', { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth4webapi.validateJwtAccessToken(server, asked(session.access_token), AUDIENCE_1, INSECURE);
    expect(claims).toMatchObject({ iss: issuer, sub: U1.id, client_id: 'C1', scope: 'a openid' });
    for (const [token, audience] of [[session.id_token!, 'C1'], [session.access_token, 'https://other.example/'], [session.refresh_token!, AUDIENCE_1]] as const) {
      await expect(oauth4webapi.validateJwtAccessToken(server, asked(token), audience, INSECURE)).rejects.toThrow();
    }
  });

  it('takes an HS256 id_token of a client that wants one', async () => {
    const { issuer, clients } = await start();
    const secret = 's'.repeat(40);
    clients.set('C1', { ...clients.get('C1')!, secretHash: '', secret, idTokenAlg: 'HS256' });
    const server = await discover(issuer, 'oauth2');
    const wanting = { ...client, id_token_signed_response_alg: 'HS256' };
    const response = await oauth4webapi.genericTokenEndpointRequest(server, wanting, oauth4webapi.ClientSecretBasic(secret), 'password', PASSWORD_GRANT, INSECURE);
    expect(oauth4webapi.getValidatedIdTokenClaims(await oauth4webapi.processGenericTokenEndpointResponse(server, wanting, response))).toMatchObject({ sub: U1.id });
  });
});
