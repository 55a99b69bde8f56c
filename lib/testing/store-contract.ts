import type { Awaitable } from '../awaitable';
import type { TokenStore } from '../stores/store';
import { accessTokenContract } from './store-contract/access-tokens';
import { dumpContract } from './store-contract/dumps';
import { familyContract } from './store-contract/families';
import { revocationContract } from './store-contract/revocations';
import type { Register, WithStores } from './store-contract/register';
import { rotationContract } from './store-contract/rotations';

export type { Register } from './store-contract/register';

export interface StoreContractOptions {
  /** The test runner's `describe` and `it`; default: its globals. */
  readonly describe?: (title: string, run: () => void) => unknown;
  readonly it?: Register;
  /** Whether two stores that `makeStore` makes share their data, as two processes on one engine do. Default: they do. */
  readonly shared?: boolean;
  /** All that the engine of a store holds, as one text: with it the suite looks for what must not be there. */
  readonly dump?: (store: TokenStore) => Awaitable<string>;
}

declare const describe: StoreContractOptions['describe'];
declare const it: StoreContractOptions['it'];

/**
 * Registers the tests that every `TokenStore` has to pass. `makeStore` makes a store on the engine under test; it is called anew
 * for each test, and what other tests or programs keep on that engine does no harm.
 */
export function storeContract(makeStore: () => Awaitable<TokenStore>, options: StoreContractOptions = {}): void {
  const { shared = true, dump } = options;
  const group = options.describe ?? describe;
  const test = options.it ?? it;
  if (!group || !test) throw new TypeError('storeContract: there is no global describe and it here; pass them as options');

  const withStores: WithStores = (run) => async () => {
    const store = await makeStore();
    const other = shared ? await makeStore() : store;
    try {
      await run(store, other);
    } finally {
      await store.close?.();
      if (other !== store) await other.close?.();
    }
  };
  group('families', () => { familyContract(test, withStores); });
  group('rotations', () => { rotationContract(test, withStores); });
  group('access tokens', () => { accessTokenContract(test, withStores); });
  group('revocations', () => { revocationContract(test, withStores); });
  if (dump) group('a dump', () => { dumpContract(test, withStores, dump); });
}
