import type { Awaitable } from '../../awaitable';
import type { TokenStore } from '../../stores/store';

/** Registers one test; every common test runner has such a function. */
export type Register = (title: string, run: () => void | Promise<void>) => unknown;

/** Hands a test stores of its own, and closes them after it. */
export type WithStores = (run: (store: TokenStore, other: TokenStore) => Awaitable<void>) => () => Promise<void>;
