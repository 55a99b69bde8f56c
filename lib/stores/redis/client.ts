/** ioredis: `Redis` or `Cluster`. */
export interface IoRedisClient {
  call(command: string, args: string[]): Promise<unknown>;
}

/** node-redis from version 4 on: a client or a pool of clients. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** node-redis: a cluster. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  nodeClient(...args: never[]): unknown;
}

/** node-redis: a group watched by sentinels. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
  getSentinelNode(...args: never[]): unknown;
}

/** A connected client. What it is shows in what it has. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/**
 * Sends a command to where its first key lives, never to a replica: a token that has not got there yet would look like one that a
 * thief brings back. Names are in capitals for that too; small, ioredis knows a read and may take it to a replica.
 */
export type Send = (firstKey: string, command: readonly string[]) => Promise<unknown>;

export function senderOf(client: RedisClient): Send {
  if ('call' in client) return (_, [name = '', ...args]) => client.call(name, args);
  if ('nodeClient' in client) return (firstKey, command) => client.sendCommand(firstKey, false, [...command]);
  if ('getSentinelNode' in client) return (_, command) => client.sendCommand(false, [...command]);
  if ('sendCommand' in client) return (_, command) => client.sendCommand([...command]);
  throw new TypeError('redisStore: the client must come from node-redis (version 4 or newer) or ioredis');
}

/** A reply that is text, whether the client was told to hand it out as a string or as bytes. */
export function textOf(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  throw new TypeError('redisStore: Redis answered something else than text');
}
