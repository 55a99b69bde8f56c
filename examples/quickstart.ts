import express from 'express';
import { generateSecret, getAuth, hashSecret, oauthRouter, verifySecret, type Client } from 'express-token-endpoint';

const port = Number(process.env.PORT ?? 3000);
const url = `http://localhost:${String(port)}`;

async function main(): Promise<void> {
  // A service that acts for itself, and our own official app that logs users in.
  const secrets = { worker: generateSecret(), app: generateSecret() };
  const clients = new Map<string, Client>([
    ['worker', { id: 'worker', secretHash: await hashSecret(secrets.worker), grants: ['client_credentials'], scopes: ['storage'] }],
    ['app', { id: 'app', secretHash: await hashSecret(secrets.app), grants: ['password', 'refresh_token'], scopes: ['storage', 'openid'], defaultScopes: ['storage'] }],
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
  app.listen(port, () => {
    console.log(instructions(secrets));
  });
}

function instructions(secrets: { readonly worker: string; readonly app: string }): string {
  const member = (name: string): string => `node -pe 'JSON.parse(require("fs").readFileSync(0)).${name}'`;
  return `
Listening on ${url}. Paste these into another terminal.

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
