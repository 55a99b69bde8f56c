import { createGenerations } from '../tokens/generations';

/** Milliseconds for which a failure is remembered. */
const LIFETIME = 900_000;
const MAX_NETWORKS = 10_000;

/** Networks where something failed lately. Nobody is refused for it, but in a crush those who have shown nothing go first. */
export interface Suspects {
  has(network: string): boolean;
  add(network: string): void;
}

export function createSuspects(): Suspects {
  const until = createGenerations<number>(MAX_NETWORKS);
  return {
    has: (network) => (until.get(network) ?? 0) > Date.now(),
    add(network) {
      until.set(network, Date.now() + LIFETIME);
    },
  };
}
