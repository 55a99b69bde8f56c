import type { Family } from '../stores/store';
import { createGenerations } from './generations';
import { hashToken } from './hash';
import { parseRefreshToken } from './refresh-token-text';

/** Families of which this process made the newest token: of one of these it knows what the store would tell. */
export interface RotatedFamilies {
  /** Hands a family out to whoever presents its newest token, until it is put in again: what goes wrong then, the store has to tell. */
  take(presented: string): Family | undefined;
  put(family: Family): void;
}

/** One takes about half a kilobyte. */
const MAX = 10_000;

export function createRotatedFamilies(): RotatedFamilies {
  const families = createGenerations<Family>(MAX);
  return {
    take(presented) {
      const family = families.get(parseRefreshToken(presented)?.id ?? '');
      if (family === undefined || !isAlive(family) || family.current !== hashToken(presented)) return undefined;
      families.delete(family.id);
      return family;
    },
    put(family) {
      families.set(family.id, family);
    },
  };
}

/** Whether neither its session nor its idle time is over. */
export function isAlive({ expiresAt, idleExpiresAt }: Family): boolean {
  return Date.now() < Math.min(expiresAt, idleExpiresAt);
}
