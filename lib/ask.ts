import { isPromise, type Awaitable } from './awaitable';
import { OAuthError, unavailable } from './errors';

/**
 * Asks something outside this package (a callback of the app, a verb of the store) and waits no longer than the timeout.
 * It may refuse with an `OAuthError`; any other failure, and silence, becomes a 503 that names `what` to the operator.
 */
export type Ask = <T>(what: string, call: () => Awaitable<T>) => Awaitable<T>;

export function createAsk(timeoutSeconds: number): Ask {
  return (what, call) => {
    try {
      const answer = call();
      return isPromise(answer) ? waitFor(what, answer, timeoutSeconds) : answer;
    } catch (cause) {
      throw failure(what, cause);
    }
  };
}

/** A thenable of the app's may throw, or answer twice: `race` makes an honest promise of it, and hears what comes too late. */
function waitFor<T>(what: string, answer: PromiseLike<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(unavailable(new Error(`${what} gave no answer within ${String(seconds)} s (option timeout)`)));
    }, seconds * 1000);
  });
  const refuse = (cause: unknown): never => {
    throw failure(what, cause);
  };
  return Promise.race([answer, silence])
    .catch(refuse)
    .finally(() => {
      clearTimeout(timer);
    });
}

function failure(what: string, cause: unknown): OAuthError {
  return cause instanceof OAuthError ? cause : unavailable(new Error(`${what} failed`, { cause }));
}
