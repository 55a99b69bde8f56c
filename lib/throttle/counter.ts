import type { Ask } from '../ask';
import type { Emit } from '../events';
import type { CounterName, CounterSettings } from './limits';
import { createSharedTally } from './shared';
import { createTally } from './tally';
import { createTurns } from './turns';

/** Seconds after which to come back where attempts under way take all the room. */
const SOON = 2;

/** An attempt that was counted before anyone knew how it ends. */
export interface Point {
  /** It failed. */
  keep(): void;
  /** It succeeded, or was none. */
  giveBack(): void;
}

export interface Refusal {
  readonly by: CounterName;
  /** Seconds. */
  readonly retryAfter: number;
  /** The end of an attempt under way that may leave room. */
  readonly turn: Promise<void> | undefined;
}

/** Counts by one kind of name, in this process and, where the app handed a limiter in, with all others. */
export interface Counter {
  /** Whether there is room for every key: then nobody needs to work out theirs. */
  isQuiet(): boolean;
  /** Whether failures and attempts under way leave room for `key`. */
  hasRoom(key: string): boolean;
  /** Whether failures alone leave no room for `key`. */
  isFull(key: string): boolean;
  refusal(key: string): Refusal;
  /** Takes one of `most` points before the attempt. */
  take(key: string, most?: number): Promise<Point | Refusal>;
}

export function createCounter(name: CounterName, settings: CounterSettings, tools: { readonly ask: Ask; readonly emit: Emit }): Counter {
  const turns = createTurns();
  const tally = createTally(settings, turns);
  const shared = settings.shared && createSharedTally({ name, limiter: settings.shared, ...tools });
  const heldFor = (key: string): number => shared?.heldFor(key) ?? 0;
  const refusal = (key: string, wait = heldFor(key)): Refusal => {
    if (wait > 0) return { by: name, retryAfter: wait / 1000, turn: undefined };
    return { by: name, retryAfter: turns.isBusy(key) ? SOON : tally.remaining() / 1000, turn: turns.next(key) };
  };
  /** Ends the turn of `key`, and does what else there is to do. */
  const end = (key: string, ...acts: (() => void)[]) => (): void => {
    turns.end(key);
    for (const act of acts) act();
  };
  const takeShared = async (key: string, giveBackOwn: () => void): Promise<Point | Refusal> => {
    if (!shared) return { keep: end(key), giveBack: end(key, giveBackOwn) };
    const answer = await shared.take(key);
    if (typeof answer === 'function') return { keep: end(key), giveBack: end(key, giveBackOwn, answer) };
    end(key, giveBackOwn)();
    return refusal(key, answer);
  };

  return {
    refusal,
    isQuiet: () => tally.isQuiet() && (shared?.isQuiet() ?? true),
    hasRoom: (key) => heldFor(key) === 0 && !tally.isFull(key),
    isFull: (key) => heldFor(key) > 0 || (tally.isFull(key) && !turns.isBusy(key)),
    async take(key, most = settings.points) {
      turns.begin(key);
      const giveBackOwn = await tally.take(key, most);
      if (giveBackOwn) return takeShared(key, giveBackOwn);
      turns.end(key);
      return refusal(key);
    },
  };
}
