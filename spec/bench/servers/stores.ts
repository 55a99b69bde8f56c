import type { TokenStore } from '../../../lib';
import { memoryStore } from '../../../lib';

export interface StoreConfig {
  readonly kind: 'memory';
}

export async function openStore(_config: StoreConfig): Promise<TokenStore> {
  return Promise.resolve(memoryStore());
}
