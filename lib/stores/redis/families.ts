import type { Family, RotationResult, TokenStore } from '../store';
import { textOf, type Send } from './client';
import { evaluate, script } from './script';
import { timeToLive } from './time-to-live';

/**
 * A family is one value under one key, so that it lives in one slot and ends as a whole. Its first four lines are what a rotation
 * changes: current, previous, rotatedAt, idleExpiresAt; the last is the rest. Texts are JSON, which knows no bare line end.
 */
function write({ current, previous, rotatedAt, idleExpiresAt, ...rest }: Family): string {
  const lines = [JSON.stringify(current), previous === undefined ? '' : JSON.stringify(previous), rotatedAt ?? '', idleExpiresAt];
  return [...lines, JSON.stringify(rest)].join('\n');
}

function read(value: string): Family {
  const [current = '', previous = '', rotatedAt = '', idleExpiresAt = '', rest = ''] = value.split('\n');
  return {
    ...(JSON.parse(rest) as Omit<Family, 'current' | 'idleExpiresAt'>),
    current: JSON.parse(current) as string,
    idleExpiresAt: Number(idleExpiresAt),
    ...(previous !== '' && { previous: JSON.parse(previous) as string }),
    ...(rotatedAt !== '' && { rotatedAt: Number(rotatedAt) }),
  };
}

const ROTATE = script(`
local value = redis.call('GET', KEYS[1])
if not value then return 'gone' end
local presented, successor, at, window, idle, ttl = unpack(ARGV)
local current, previous, rotated, ends, rest = string.match(value, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
if tonumber(ends) <= tonumber(at) then return 'gone' end
if current == presented then
  redis.call('SET', KEYS[1], table.concat({successor, presented, at, idle, rest}, '\\n'), 'PX', ttl)
  return 'rotated'
end
if previous == presented and math.abs(tonumber(at) - tonumber(rotated)) < tonumber(window) then return 'repeated' end
return 'spent'
`);

export function redisFamilies(send: Send, keyOf: (id: string) => string): Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'> {
  return {
    async createFamily(family) {
      const key = keyOf(family.id);
      await send(key, ['SET', key, write(family), 'PX', timeToLive(family.idleExpiresAt)]);
    },
    async findFamily(id) {
      const key = keyOf(id);
      const value = await send(key, ['GET', key]);
      const family = value === null ? undefined : read(textOf(value));
      return family && family.idleExpiresAt > Date.now() ? family : undefined;
    },
    async rotateFamily(id, { presented, successor, at, reuseWindow, idleExpiresAt }) {
      const numbers = [at, reuseWindow, idleExpiresAt].map(String);
      const args = [JSON.stringify(presented), JSON.stringify(successor), ...numbers, timeToLive(idleExpiresAt)];
      return textOf(await evaluate(send, ROTATE, [keyOf(id)], args)) as RotationResult;
    },
  };
}
