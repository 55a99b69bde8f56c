import type { TokenStore } from '../store';
import { textOf, type Send } from './client';
import { timeToLive } from './time-to-live';

/** The end stands before the content, so that it is the app's clock that decides. */
export function redisAccessTokens(send: Send, keyOf: (hash: string) => string): Pick<TokenStore, 'saveAccessToken' | 'findAccessToken'> {
  return {
    async saveAccessToken(hash, content, expiresAt) {
      const key = keyOf(hash);
      await send(key, ['SET', key, `${String(expiresAt)}\n${content}`, 'PX', timeToLive(expiresAt)]);
    },
    async findAccessToken(hash) {
      const key = keyOf(hash);
      const answer = await send(key, ['GET', key]);
      if (answer === null) return undefined;
      const value = textOf(answer);
      const end = value.indexOf('\n');
      return Number(value.slice(0, end)) > Date.now() ? value.slice(end + 1) : undefined;
    },
  };
}
