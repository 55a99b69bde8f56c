import Redis from 'ioredis';
import { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible';
import { createClient } from 'redis';
import { engineUrl } from '../support/engines/urls';
import { sharedLimiters } from '../support/shared-limiters';

describe('RateLimiterRedis through ioredis', () => {
  const storeClient = new Redis(engineUrl('redis'), { lazyConnect: true });
  beforeAll(() => storeClient.connect());
  afterAll(() => storeClient.quit());

  sharedLimiters((limit) => new RateLimiterRedis({ storeClient, ...limit }), async () => (await storeClient.keys('spec-*')).join('\n'));
});

describe('RateLimiterRedis through node-redis', () => {
  const storeClient = createClient({ url: engineUrl('redis') });
  beforeAll(() => storeClient.connect());
  afterAll(() => storeClient.close());

  sharedLimiters((limit) => new RateLimiterRedis({ storeClient, useRedisPackage: true, ...limit }), async () => (await storeClient.keys('spec-*')).join('\n'));
});

describe('RateLimiterPostgres', () => {
  const storeClient = new Pool({ connectionString: engineUrl('postgres') });
  afterAll(() => storeClient.end());
  const made = (limit: { keyPrefix: string; points: number; duration: number }): Promise<RateLimiterPostgres> =>
    new Promise((resolve, reject) => {
      const limiter = new RateLimiterPostgres({ storeClient, tableName: 'spec_throttle', clearExpiredByTimeout: false, ...limit }, (error) => {
        if (error) reject(error);
        else resolve(limiter);
      });
    });

  sharedLimiters(made, async () => JSON.stringify((await storeClient.query('select * from spec_throttle')).rows));
});
