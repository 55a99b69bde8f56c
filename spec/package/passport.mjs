// Passport's clients against the packed package, as an app has them: passport-oauth2-password-grant logs a user in,
// passport-oauth2-refresh refreshes, passport-oauth2's own client asks for itself. scripts/package-test.js runs this.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { hashSecret, oauthRouter } from 'express-token-endpoint';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import PasswordGrantStrategy from 'passport-oauth2-password-grant';
import refresh from 'passport-oauth2-refresh';

const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}`;

const client = { id: 'app:one +%41', secretHash: await hashSecret('p@ss:w+rd %&=/?', { algorithm: 'sha256' }), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['read'], defaultScopes: ['read'] };
const oauth = oauthRouter({
  issuer: `${url}/oauth`,
  findClient: (id) => (id === client.id ? client : undefined),
  verifyUser: (username, password) => (username === 'mike' && password === 'secret' ? { id: 'mike' } : undefined),
});
const app = express();
app.use('/oauth', oauth);
app.get('/read', oauth.requireBearer('read'), (req, res) => res.json({ for: req.auth.subject }));
server.on('request', app);

const credentials = { clientID: client.id, clientSecret: 'p@ss:w+rd %&=/?', tokenURL: `${url}/oauth/token`, authorizationURL: `${url}/none` };
const strategy = (more = {}) =>
  new PasswordGrantStrategy({ ...credentials, ...more, skipUserProfile: true }, (accessToken, refreshToken, _profile, done) => done(null, { accessToken, refreshToken }));
const logIn = (name, username, password) =>
  new Promise((done, fail) => {
    passport.authenticate(name, { username, password }, (error, user) => (error ? fail(error) : done(user)))({ headers: {}, query: {} }, {}, fail);
  });
const call = async (token) => (await fetch(`${url}/read`, { headers: { authorization: `Bearer ${token}` } })).json();

try {
  passport.use('ours', strategy());
  passport.use('stranger', strategy({ clientSecret: 'wrong' }));
  const session = await logIn('ours', 'mike', 'secret');
  assert.deepEqual(await call(session.accessToken), { for: 'mike' });
  await assert.rejects(logIn('ours', 'mike', 'wrong'), (error) => JSON.stringify(error.oauthError ?? error).includes('400') || error.code === 'invalid_grant');
  await assert.rejects(logIn('stranger', 'mike', 'secret'), (error) => JSON.stringify(error.oauthError ?? error).includes('401') || error.code === 'invalid_client');

  const plain = new OAuth2Strategy({ ...credentials, callbackURL: `${url}/none` }, () => undefined);
  refresh.use('ours', plain);
  const next = await new Promise((done, fail) => refresh.requestNewAccessToken('ours', session.refreshToken, (error, accessToken, refreshToken) => (error ? fail(error) : done({ accessToken, refreshToken }))));
  assert.notEqual(next.refreshToken, session.refreshToken);
  assert.deepEqual(await call(next.accessToken), { for: 'mike' });
  await assert.rejects(new Promise((done, fail) => refresh.requestNewAccessToken('ours', 'nobody-issued-this', (error, token) => (error ? fail(error) : done(token)))), ({ statusCode }) => statusCode === 400);

  const own = await new Promise((done, fail) => plain._oauth2.getOAuthAccessToken('', { grant_type: 'client_credentials', scope: 'read' }, (error, token) => (error ? fail(error) : done(token))));
  assert.deepEqual(await call(own), { for: client.id });
} finally {
  await oauth.close();
  server.close();
  server.closeAllConnections();
}
