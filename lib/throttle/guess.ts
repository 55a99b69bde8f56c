import type { Awaitable } from '../awaitable';
import type { Caller } from '../clients/hash-queue';
import { fullCharge, type Charge } from './charge';
import type { Refusal } from './counter';
import { createStake } from './stake';

/** Milliseconds that an attempt waits for others under way before it is told to come back. */
const PATIENCE = 8000;

/**
 * An attempt to prove something with what can be guessed. It is counted before anyone works on it, so that no others slip through
 * meanwhile, and settled by exactly one of `right`, `wrong` and `undecided`. Every refusal is a 429.
 */
export interface Guess {
  /** Whose attempt it is, for the queue of hashes. */
  caller(): Caller;
  /**
   * Does a comparison that costs next to nothing, and may be allowed where others are not; at once if it can. What it finds is
   * right; where it finds nothing, the attempt is under way.
   */
  look<T>(compare: () => T | undefined): Awaitable<T | undefined>;
  /** Before a comparison that takes its time. */
  take(): Promise<void>;
  right(): void;
  /** Rejects, in place of another refusal, if there was no room for the attempt. */
  wrong(): Promise<void>;
  /** It came to nothing, and told nothing. */
  undecided(): void;
}

export interface GuessParts {
  readonly caller: () => Caller;
  readonly charges: (isKnown: boolean) => readonly Charge[];
  /** Whether a comparison that costs nothing is allowed though a counter is full; one that came to nothing is told. */
  readonly mayLook: () => boolean;
  readonly lookedInVain: () => Promise<void>;
  /** Whether the name has succeeded from this address before, as far as this process knows. */
  readonly isKnown: boolean;
  /** The same as far as any process knows; asked only where it matters. */
  readonly askKnown: () => Promise<boolean>;
  /** What is learnt from success and from failure. */
  readonly learn: () => void;
  readonly suspect: () => void;
  readonly refuse: (refusal: Refusal) => Error;
}

export function createGuess({ caller, charges, mayLook, lookedInVain, isKnown, askKnown, learn, suspect, refuse }: GuessParts): Guess {
  let known = isKnown;
  let all = charges(known);
  let stake = createStake(all, known);
  let hasLooked = false;

  const take = async (): Promise<void> => {
    const giveUpAt = performance.now() + PATIENCE;
    let refusal = await stake.take(giveUpAt);
    if (refusal && !known && (await askKnown())) {
      known = true;
      all = charges(known);
      stake = createStake(all, known);
      refusal = await stake.take(giveUpAt);
    }
    if (!refusal) return;
    if (hasLooked) await lookedInVain();
    throw refuse(refusal);
  };

  return {
    caller,
    take,
    look(compare) {
      if (stake.mayBeginAlone()) {
        // Nobody else has a turn meanwhile: what is right at once was never under way.
        const found = compare();
        if (found === undefined) stake.beginAlone();
        return found;
      }
      hasLooked = fullCharge(all, known) !== undefined && mayLook();
      return hasLooked ? compare() : take().then(compare);
    },
    right() {
      stake.giveBack();
      learn();
    },
    undecided: () => {
      stake.giveBack();
    },
    async wrong() {
      suspect();
      if (hasLooked) await lookedInVain();
      const refusal = await stake.keep();
      if (refusal) throw refuse(refusal);
    },
  };
}

/** The guess of one whom nobody counts. */
export function unlimitedGuess(caller: () => Caller): Guess {
  const nothing = (): void => undefined;
  const settled = (): Promise<void> => Promise.resolve();
  return { caller, look: (compare) => compare(), take: settled, right: nothing, wrong: settled, undecided: nothing };
}
