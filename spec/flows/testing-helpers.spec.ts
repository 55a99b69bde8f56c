import express from 'express';
import request from 'supertest';
import { oauthRouter } from 'express-token-endpoint';
import { accessTokenFor } from 'express-token-endpoint/testing';
import { ISSUER } from '../support/app';

describe('accessTokenFor', () => {
  const oauth = oauthRouter({ issuer: ISSUER, findClient: () => undefined });
  const app = express();
  app.get('/files', oauth.requireBearer('storage', { user: true }), (req, res) => {
    res.json({ userId: req.auth?.userId, clientId: req.auth?.clientId });
  });
  afterAll(() => oauth.close());

  it('makes a user’s token in one line', async () => {
    const token = await accessTokenFor(oauth, { userId: 'mike', scopes: ['storage'] });
    await request(app).get('/files').auth(token, { type: 'bearer' }).expect(200, { userId: 'mike', clientId: 'test-client' });
  });

  it('makes a client’s token, which passes for nobody’s', async () => {
    const token = await accessTokenFor(oauth, { clientId: 'worker', scopes: ['storage'] });
    await request(app).get('/files').auth(token, { type: 'bearer' }).expect(403);
  });

  it('makes tokens that expire, lack scopes, or are for somebody else', async () => {
    await request(app).get('/files').auth(await accessTokenFor(oauth, { userId: 'mike' }), { type: 'bearer' }).expect(403);
    const foreign = await accessTokenFor(oauth, { userId: 'mike', scopes: ['storage'], audience: ['https://other.example'] });
    await request(app).get('/files').auth(foreign, { type: 'bearer' }).expect(401);
  });

  it('takes a router of oauthRouter alone', async () => {
    await expect(accessTokenFor(express.Router() as never)).rejects.toThrow(/no router that oauthRouter made/);
  });
});
