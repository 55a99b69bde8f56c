import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { generateSecret } from 'express-token-endpoint';

const { ISSUER_PORT = '3000', STORAGE_PORT = '3001' } = process.env;
const issuer = `http://localhost:${ISSUER_PORT}/oauth`;
const storage = `http://localhost:${STORAGE_PORT}/`;
const secrets = {
  ISSUER_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  APP_SECRET: generateSecret(),
  STORAGE_SECRET: generateSecret(),
};

const env = { ...process.env, ...secrets, ISSUER_PORT, STORAGE_PORT, ISSUER: issuer, STORAGE_URL: storage };
const children = ['issuer.ts', 'resource-server.ts'].map((file) => spawn(process.execPath, ['--import', 'tsx', join(__dirname, file)], { env, stdio: 'inherit' }));
for (const child of children) {
  // One without the other is no example.
  child.on('exit', (code) => {
    children.forEach((one) => one.kill());
    process.exitCode = code ?? 0;
  });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => children.forEach((one) => one.kill()));

void Promise.all([`${issuer}/jwks`, storage].map(untilListening)).then(() => {
  console.log(`
The issuer is ${issuer}, the storage service ${storage}. Paste these into another terminal.

# Our own app logs mike in, and takes the access token out of the answer
TOKEN=$(curl -s ${issuer}/token -u app:${secrets.APP_SECRET} -d grant_type=password -d username=mike -d password=secret | node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token')

# The storage service takes it, in the other process
curl -s ${storage}files -H "Authorization: Bearer $TOKEN"; curl -s ${storage}keys-to-the-safe -H "Authorization: Bearer $TOKEN"

# Revoked: who has only the keys goes on until the token expires, who asks hears of it
curl -s ${issuer}/revoke -u app:${secrets.APP_SECRET} -d token=$TOKEN; sleep 2
curl -s ${storage}files -H "Authorization: Bearer $TOKEN"; curl -s ${storage}keys-to-the-safe -H "Authorization: Bearer $TOKEN"
`);
});

async function untilListening(url: string): Promise<void> {
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
