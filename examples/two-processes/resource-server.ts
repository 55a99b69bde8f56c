// The process that takes tokens: a storage service. Start both processes with start.ts.
import express from 'express';
import { getAuth, resourceServer } from 'express-token-endpoint';

const { ISSUER = 'http://localhost:3000/oauth', STORAGE_PORT = '3001', STORAGE_SECRET = '' } = process.env;
const audience = `http://localhost:${STORAGE_PORT}/`;

// By the issuer's public keys: fast, and works on while the issuer is away. A revoked token is good until it expires.
const byKeys = resourceServer({ issuer: ISSUER, audience });
// By asking the issuer: a revoked token is refused within two seconds. Without the issuer, nobody gets in.
const byAsking = resourceServer({ issuer: ISSUER, audience, introspection: { clientId: 'storage', clientSecret: STORAGE_SECRET, cacheFor: 2 } });

const app = express();
app.use(byKeys.wellKnown);
app.get('/files', byKeys.requireBearer('storage'), (req, res) => {
  res.json({ files: ['report.pdf'], for: getAuth(req).subject });
});
app.get('/keys-to-the-safe', byAsking.requireBearer('storage'), (req, res) => {
  res.json({ keys: ['upper', 'lower'], for: getAuth(req).subject });
});
app.listen(Number(STORAGE_PORT));
