// Sessions in Redis, one server or, with several URLs, a Cluster:
//   npx tsx examples/stores/redis.ts redis://localhost:6379
//   npx tsx examples/stores/redis.ts redis://localhost:7001 redis://localhost:7002
import cluster from 'node:cluster';
import { createClient, createCluster } from 'redis';
import { redisStore } from 'express-token-endpoint/redis';
import { instructions, serve } from './app';

const [, , url = 'redis://localhost:6379', ...others] = process.argv;

async function main(): Promise<void> {
  // While Redis is away a command fails at once instead of waiting in a queue, and the client keeps trying to come back.
  const settings = { disableOfflineQueue: true, socket: { connectTimeout: 2000, reconnectStrategy: 200 } };
  const client = others.length === 0 ? createClient({ url, ...settings }) : createCluster({ rootNodes: [url, ...others].map((one) => ({ url: one })), defaults: settings });
  client.on('error', (error: Error) => {
    console.error('Redis:', error.message);
  });
  await client.connect();
  await serve(redisStore(client), () => client.close());
  // four-workers.ts starts this file four times.
  if ((cluster.worker?.id ?? 1) === 1) console.log(instructions());
}

void main();
