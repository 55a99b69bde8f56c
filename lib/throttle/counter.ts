import type { Ask } from '../ask';
import type { Emit } from '../events';
import type { CounterName, CounterSettings } from './limits';
import { createSharedTally, type SharedTally } from './shared';
import { createTally } from './tally';
import { createTurns } from './turns';

/** Seconds after which to come back where attempts under way take all the room. */
const SOON = 2;

export interface Refusal {
  readonly by: CounterName;
  /** Seconds. */
  readonly retryAfter: number;
}

/** Counts by one kind of name, in this process and, where the app handed a limiter in, with all others. */
export interface Counter {
  /** What all processes count together. */
  readonly shared: SharedTally | undefined;
  /** Whether there is room for every key: then nobody needs to work out theirs. */
  isQuiet(): boolean;
  /** Whether failures alone leave no room for `key`. */
  isFull(key: string): boolean;
  isBusy(key: string): boolean;
  failures(key: string): Promise<number>;
  /** Whether there is room for one more beside so many failures and the attempts under way. */
  hasRoom(key: string, failures: number, most: number | undefined): boolean;
  /** The attempt is under way until it has ended. */
  begin(key: string): void;
  end(key: string): void;
  /** Counts a failure. */
  count(key: string): Promise<void>;
  /** The end of an attempt under way that may leave room. */
  turn(key: string): Promise<void> | undefined;
  /** Why there is no room, by what a shared limiter said or by the own count. */
  refusal(key: string, sharedWait?: number): Refusal;
}

export function createCounter(name: CounterName, settings: CounterSettings, tools: { readonly ask: Ask; readonly emit: Emit }): Counter {
  const turns = createTurns();
  const tally = createTally(settings);
  const shared = settings.shared && createSharedTally({ name, limiter: settings.shared, ...tools });
  const heldFor = (key: string): number => shared?.heldFor(key) ?? 0;
  const isFull = (key: string): boolean => tally.isFull(key) || heldFor(key) > 0;
  return {
    shared,
    begin: (key) => { turns.begin(key); },
    end: (key) => { turns.end(key); },
    isFull,
    isQuiet: () => tally.isQuiet() && (shared?.isQuiet() ?? true),
    isBusy: (key) => turns.underWay(key) > 0,
    failures: (key) => tally.failures(key),
    hasRoom: (key, failures, most = settings.points) => !isFull(key) && failures + turns.underWay(key) < most,
    count: (key) => tally.count(key),
    turn: (key) => (isFull(key) ? undefined : turns.next(key)),
    refusal(key, sharedWait = heldFor(key)) {
      if (sharedWait > 0) return { by: name, retryAfter: sharedWait / 1000 };
      return { by: name, retryAfter: tally.isFull(key) ? tally.remaining() / 1000 : SOON };
    },
  };
}
