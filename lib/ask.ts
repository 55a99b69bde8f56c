import { isPromise, type Awaitable } from './awaitable';
import { OAuthError, unavailable } from './errors';
import { createPatience, type Patience } from './patience';

/**
 * Asks something outside this package (a callback of the app, a verb of the store) and waits no longer than the timeout.
 * It may refuse with an `OAuthError`; any other failure, and silence, becomes a 503 that names `what` to the operator,
 * and the `options` that say how long to wait.
 */
export type Ask = <T>(what: string, call: () => Awaitable<T>) => Awaitable<T>;

export function createAsk(timeoutSeconds: number, options = 'option timeout'): Ask {
  const patience = createPatience(timeoutSeconds);
  const silence = (what: string): OAuthError => unavailable(new Error(`${what} gave no answer within ${String(timeoutSeconds)} s (${options})`));
  return (what, call) => {
    try {
      const answer = call();
      return isPromise(answer) ? waitFor(answer, patience, () => silence(what), (cause) => failure(what, cause)) : answer;
    } catch (cause) {
      throw failure(what, cause);
    }
  };
}

/** A thenable of the app's may throw, or answer twice, or too late: `Promise.resolve` makes an honest promise of it, which is heard once. */
function waitFor<T>(answer: PromiseLike<T>, patience: Patience, silence: () => Error, failed: (cause: unknown) => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = patience.begin(() => { reject(silence()); });
    const settled = Promise.resolve(answer).then(
      (value) => {
        done();
        resolve(value);
      },
      (cause: unknown) => {
        done();
        throw failed(cause);
      },
    );
    settled.catch(reject);
  });
}

function failure(what: string, cause: unknown): OAuthError {
  return cause instanceof OAuthError ? cause : unavailable(new Error(`${what} failed`, { cause }));
}
