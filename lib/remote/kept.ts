import type { Awaitable } from '../awaitable';
import { toOAuthError } from '../errors';
import { createRespite } from './respite';

/** How something of the issuer's is kept. Seconds. */
export interface KeptFor {
  /** After this it is asked for again, while what there is goes on being used. */
  readonly maxAge: number;
  /** After this it is not used any more, unless the issuer has answered again. */
  readonly keepFor: number;
  /** How often at most it is asked for because something is missing in it. */
  readonly cooldown: number;
}

/** Something that is had from the issuer: asked for once, however many wait, and kept for a bounded time if the issuer is away. */
export interface Kept<T> {
  /** At once where it is there. Otherwise when it comes, or a 503. */
  get(): Awaitable<T>;
  /** The same for somebody who misses something in it: asked for anew, unless that was just done. */
  getAnew(): Awaitable<T>;
}

interface Parts<T> extends KeptFor {
  readonly load: (last: T | undefined) => Promise<T>;
  /** Hears of a failure that no request waited for. */
  readonly report: (cause: unknown) => void;
}

export function createKept<T>({ load, report, maxAge, keepFor, cooldown }: Parts<T>): Kept<T> {
  const respite = createRespite();
  let last: { readonly value: T; readonly at: number } | undefined;
  let underWay: Promise<T> | undefined;

  const start = async (): Promise<T> => {
    const at = performance.now();
    try {
      const value = await load(last?.value);
      last = { value, at };
      return value;
    } catch (cause) {
      throw respite.begin(cause);
    }
  };
  const ask = (): Promise<T> => {
    if (underWay) return underWay;
    const failed = respite.reason();
    if (failed) throw failed;
    underWay = start().finally(() => { underWay = undefined; });
    return underWay;
  };
  const renewInBackground = (): void => {
    if (underWay || respite.reason()) return;
    ask().catch((failed: unknown) => { report(toOAuthError(failed).cause); });
  };
  const age = (): number => (last === undefined ? Infinity : (performance.now() - last.at) / 1000);

  return {
    get() {
      if (last === undefined || age() >= keepFor) return ask();
      if (age() >= maxAge) renewInBackground();
      return last.value;
    },
    getAnew: () => (last === undefined || age() >= cooldown ? ask() : last.value),
  };
}
