// Four processes of one app behind one port, with their sessions in one Redis (or a Cluster: several URLs):
//   npx tsx examples/stores/four-workers.ts redis://localhost:6379
import cluster from 'node:cluster';
import { join } from 'node:path';
import { generateSecret } from 'express-token-endpoint';

const WORKERS = 4;

// One process would not know the app and the tokens of another if each made secrets of its own.
process.env.APP_SECRET ??= generateSecret();
process.env.SIGNING_SECRET ??= generateSecret();

cluster.setupPrimary({ exec: join(__dirname, 'redis.ts') });
for (let worker = 0; worker < WORKERS; worker++) cluster.fork();

const state = { ending: false };
cluster.on('exit', () => {
  if (!state.ending) cluster.fork();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    state.ending = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  });
}
