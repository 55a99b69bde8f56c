import { redisAccessTokens } from './redis/access-tokens';
import { senderOf, type RedisClient } from './redis/client';
import { redisFamilies } from './redis/families';
import { redisRevocations } from './redis/revocations';
import type { TokenStore } from './store';

export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, NodeRedisSentinel, RedisClient } from './redis/client';

export interface RedisStoreOptions {
  /** Stands before all keys; default `oauth:`. */
  readonly prefix?: string;
}

/**
 * A store in Redis 6.2 or newer, one server or a Cluster, through node-redis or ioredis. Each verb is one round trip, and what it kept
 * expires by itself. Redis keeps what its persistence is set to keep: without `appendonly yes` a restart ends all sessions.
 */
export function redisStore(client: RedisClient, { prefix = 'oauth:' }: RedisStoreOptions = {}): TokenStore {
  const send = senderOf(client);
  const family = (id: string): string => `${prefix}family:${id}`;
  const list = `${prefix}{revocations}`;
  return {
    ...redisFamilies(send, family),
    ...redisAccessTokens(send, (hash) => `${prefix}access:${hash}`),
    ...redisRevocations(send, { family, list: [`${list}:order`, `${list}:entries`, `${list}:ends`] }),
  };
}
