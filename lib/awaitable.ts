/** A value, or a promise of it. What answers at once is never made to wait a turn. */
export type Awaitable<T> = T | Promise<T>;

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function';
}

/** Hands `value` on: in this turn if it is here, else when it comes. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** Does `work`; what it throws or rejects with goes to `rescue`. */
export function attempt<T>(work: () => Awaitable<T>, rescue: (caught: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const value = work();
    return isPromise(value) ? value.catch(rescue) : value;
  } catch (caught) {
    return rescue(caught);
  }
}
