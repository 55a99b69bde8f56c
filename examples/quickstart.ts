import express from 'express';
import { generateSecret, getAuth, hashSecret, oauthRouter, verifySecret, type Client } from 'express-token-endpoint';
import { playground } from './playground';

const port = Number(process.env.PORT ?? 3000);
const url = `http://localhost:${String(port)}`;

async function main(): Promise<void> {
  // A service that acts for itself, our own official app that logs users in, and the page to try both on.
  const secrets = { worker: generateSecret(), app: generateSecret(), page: generateSecret() };
  const clients = new Map<string, Client>([
    ['worker', { id: 'worker', secretHash: await hashSecret(secrets.worker), grants: ['client_credentials'], scopes: ['storage'] }],
    ['app', { id: 'app', secretHash: await hashSecret(secrets.app), grants: ['password', 'refresh_token'], scopes: ['storage', 'openid'], defaultScopes: ['storage'] }],
    ['page', { id: 'page', secretHash: await hashSecret(secrets.page), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['storage', 'reports'] }],
  ]);
  const users = new Map([['mike', { id: 'user-1', passwordHash: await hashSecret('secret') }]]);

  const oauth = oauthRouter({
    issuer: `${url}/oauth`,
    findClient: (clientId) => clients.get(clientId),
    verifyUser: async (username, password) => {
      const user = users.get(username);
      return (await verifySecret(password, user?.passwordHash)) ? user : undefined;
    },
  });

  const app = express();
  app.use('/oauth', oauth);
  app.use(oauth.wellKnown);
  app.get('/files', oauth.requireBearer('storage'), (req, res) => {
    res.json({ files: ['report.pdf'], for: getAuth(req).subject });
  });
  app.get('/reports', oauth.requireBearer('reports', { user: true }), (req, res) => {
    res.json({ reports: ['2026.pdf'], for: getAuth(req).userId });
  });
  const paths = {
    '/files': { get: describe('Files, for users and services with the scope storage', ['user', 'service'], 'storage') },
    '/reports': { get: describe('Reports, for users with the scope reports', ['user'], 'reports') },
  };
  app.use('/playground', playground(oauth, { clientId: 'page', clientSecret: secrets.page, paths }));
  app.listen(port, () => {
    console.log(instructions(secrets));
  });
}

/** One of the app's routes for the playground's OpenAPI document. */
function describe(summary: string, schemes: readonly string[], scope: string): object {
  const answers = { 200: { description: 'Here you are' }, 401: { description: 'No token, or one that is no good' }, 403: { description: 'The token does not reach this far' } };
  return { summary, tags: ['API'], security: schemes.map((scheme) => ({ [scheme]: [scope] })), responses: answers };
}

function instructions(secrets: { readonly worker: string; readonly app: string }): string {
  const member = (name: string): string => `node -pe 'JSON.parse(require("fs").readFileSync(0)).${name}'`;
  return `
Listening on ${url}. Try it in a browser at ${url}/playground/ (user mike, password secret), or paste these into another terminal.

# A service gets a token for itself (client credentials grant)
curl -s ${url}/oauth/token -u worker:${secrets.worker} -d grant_type=client_credentials -d scope=storage

# Our own app logs mike in (password grant), and keeps the answer
LOGIN=$(curl -s ${url}/oauth/token -u app:${secrets.app} -d grant_type=password -d username=mike -d password=secret); echo "$LOGIN"

# A protected call
curl -s ${url}/files -H "Authorization: Bearer $(echo "$LOGIN" | ${member('access_token')})"

# A refresh
curl -s ${url}/oauth/token -u app:${secrets.app} -d grant_type=refresh_token -d refresh_token=$(echo "$LOGIN" | ${member('refresh_token')})
`;
}

void main();
