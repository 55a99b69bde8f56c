// The packed TokenClient with a server that nobody here wrote: oidc-provider, found by its metadata. scripts/package-test.js installs
// both in an empty folder and runs this there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { TokenClient } from 'express-token-endpoint/client';

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

// They offer no password grant; this is the one of their own pages on grants of one's own.
async function passwordGrant(ctx) {
  const { client, params, provider } = ctx.oidc;
  if (params.username !== 'mike' || params.password !== 'secret') throw new (await import('oidc-provider')).errors.InvalidGrant('no such user');
  const grant = new provider.Grant({ accountId: 'mike', clientId: client.clientId });
  grant.addOIDCScope(params.scope);
  const grantId = await grant.save();
  const common = { accountId: 'mike', client, grantId, gty: 'password', scope: params.scope };
  const [access, refresh] = [new provider.AccessToken(common), new provider.RefreshToken({ ...common, rotations: 0 })];
  ctx.body = { access_token: await access.save(), token_type: 'Bearer', expires_in: access.expiration, refresh_token: await refresh.save(), scope: params.scope };
}

const provider = new Provider(issuer, {
  clients: [{ client_id: 'app', client_secret: 'a secret: +%', grant_types: ['client_credentials', 'password', 'refresh_token'], redirect_uris: [], response_types: [] }],
  scopes: ['openid', 'offline_access', 'read'],
  features: { clientCredentials: { enabled: true }, revocation: { enabled: true }, devInteractions: { enabled: false } },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ttl: { AccessToken: 600, ClientCredentials: 600, RefreshToken: 3600, Grant: 3600, IdToken: 600 },
  rotateRefreshToken: true,
});
provider.registerGrantType('password', passwordGrant, ['username', 'password', 'scope']);
server.on('request', provider.callback());

const app = (more = {}) => new TokenClient({ issuer, clientId: 'app', clientSecret: 'a secret: +%', ...more });
const refused = (error, status) => (caught) => caught.error === error && caught.status === status;

try {
  const service = app();
  const [one, other] = await Promise.all([service.clientCredentials({ scope: 'read' }), service.clientCredentials({ scope: 'read' })]);
  assert.equal(one.accessToken, other.accessToken);
  assert.deepEqual({ ...one, accessToken: '' }, { accessToken: '', tokenType: 'Bearer', expiresIn: 600, scope: 'read', status: 200 });
  await service.revoke();
  assert.notEqual((await service.clientCredentials({ scope: 'read' })).accessToken, one.accessToken);

  const user = app({ authMethod: 'client_secret_basic' });
  const login = await user.password({ username: 'mike', password: 'secret', scope: ['openid', 'offline_access'] });
  assert.deepEqual(await (await user.fetch(`${issuer}/me`)).json(), { sub: 'mike' });
  const next = await user.refresh();
  assert.notEqual(next.refreshToken, login.refreshToken);
  assert.match(next.idToken, /^ey/);
  assert.equal((await user.fetch(`${issuer}/me`)).status, 200);
  await user.revoke();
  await assert.rejects(app().refresh(next.refreshToken), refused('invalid_grant', 400));

  await assert.rejects(app().password({ username: 'mike', password: 'wrong', scope: 'openid' }), refused('invalid_grant', 400));
  await assert.rejects(app({ clientSecret: 'wrong' }).clientCredentials(), refused('invalid_client', 401));
} finally {
  server.close();
  server.closeAllConnections();
}
