import express from 'express';
import type { AddressInfo } from 'node:net';
import { AUDIENCE_1, listen } from '../../support/app';
import { forThisTest } from '../../support/for-this-test';
import { R } from '../../support/http';
import { resource } from '../../support/resource';

it('BR-22 asks for every request where nothing is to be believed: not even what the issuer is answering to another one', async () => {
  let active = true;
  const held: (() => void)[] = [];
  const app = express();
  app.post('/introspect', (_req, res) => {
    const iat = Math.floor(Date.now() / 1000);
    const good = { active: true, sub: 'user-1', client_id: 'C1', aud: AUDIENCE_1, iat, exp: iat + 60, jti: 'one', scope: 'a' };
    const answer = active ? good : { active: false };
    held.push(() => { res.json(answer); });
  });
  const server = await listen(app);
  forThisTest({ close: () => new Promise<void>((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }) });
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const introspection = { endpoint: `${issuer}/introspect`, clientId: 'RS1', clientSecret: 'secret', cacheFor: 0 };
  const { url } = await resource({ issuer, introspection });

  const before = R({ url }, 'token');
  while (held.length < 1) await new Promise(setImmediate);
  active = false;
  // It came after the revocation, and before the issuer's answer of before it.
  const after = R({ url }, 'token');
  while (held.length < 2) await new Promise(setImmediate);
  for (const answer of held) answer();
  expect((await before).status).toBe(200);
  expect((await after).status).toBe(401);
});
