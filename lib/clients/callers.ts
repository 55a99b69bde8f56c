import { isPromise, type Awaitable } from '../awaitable';
import type { Caller } from './hash-queue';

const NOBODY: Caller = { lane: '', standing: 'new' };

/** The passwords that are being verified at this moment, and for whom. */
const callers = new Map<string, Caller>();

/**
 * Says for whom `verify` works on a password. The app's verifier hands the password on to `verifySecret`, and nothing else by
 * which a hash could be told from those that a stranger causes.
 */
export function onBehalfOf<T>(caller: Caller, password: string, verify: () => Awaitable<T>): Awaitable<T> {
  const forget = (): void => {
    if (callers.get(password) === caller) callers.delete(password);
  };
  callers.set(password, caller);
  try {
    const answer = verify();
    if (isPromise(answer)) return Promise.resolve(answer).finally(forget);
    forget();
    return answer;
  } catch (error) {
    forget();
    throw error;
  }
}

export const callerOf = (password: string): Caller => callers.get(password) ?? NOBODY;
