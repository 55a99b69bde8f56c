import { memoryStore, type Awaitable, type TokenStore } from '../../lib';

export type Verb = Exclude<keyof TokenStore, 'close'>;
export const VERBS: readonly Verb[] = ['createFamily', 'findFamily', 'rotateFamily', 'saveAccessToken', 'findAccessToken', 'revoke', 'revocations'];

type AnyVerb = (...args: readonly unknown[]) => Awaitable<unknown>;

/** A memory store each of whose verbs runs through `around`, which calls it, or does not, when it likes. */
export function storeAround(around: (verb: Verb, call: () => Awaitable<unknown>, args: readonly unknown[]) => Awaitable<unknown>, inner: TokenStore = memoryStore()): TokenStore {
  const verbs = VERBS.map((verb): [Verb, AnyVerb] => [verb, (...args) => around(verb, () => (inner[verb] as AnyVerb)(...args), args)]);
  return { ...(Object.fromEntries(verbs) as unknown as TokenStore), close: () => inner.close?.() };
}

/** A memory store that takes its time before and after each of its works, a different one each time. */
export const slowStore = (mostMilliseconds: number): TokenStore =>
  storeAround(async (_verb, call) => {
    await delay(Math.random() * mostMilliseconds);
    const answer = await call();
    await delay(Math.random() * mostMilliseconds);
    return answer;
  });

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
