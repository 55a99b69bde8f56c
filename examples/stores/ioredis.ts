// Sessions in Redis through ioredis, one server or, with several URLs, a Cluster:
//   npx tsx examples/stores/ioredis.ts redis://localhost:6379
import Redis, { Cluster } from 'ioredis';
import { redisStore } from 'express-token-endpoint/redis';
import { instructions, serve } from './app';

const [, , url = 'redis://localhost:6379', ...others] = process.argv;

async function main(): Promise<void> {
  // While Redis is away a command fails soon instead of waiting in a queue, and one that was lost on the way is not sent twice.
  const settings = { enableOfflineQueue: false, maxRetriesPerRequest: 1, autoResendUnfulfilledCommands: false, lazyConnect: true };
  const client = others.length === 0 ? new Redis(url, settings) : new Cluster([url, ...others], { lazyConnect: true, redisOptions: settings });
  client.on('error', (error) => {
    console.error('Redis:', error.message);
  });
  await client.connect();
  await serve(redisStore(client), () => client.quit());
  console.log(instructions());
}

void main();
