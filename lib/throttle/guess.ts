import type { Caller } from '../clients/hash-queue';
import { refusalOf, takeEach, type Charge, type IsKnown } from './charge';
import type { Point, Refusal } from './counter';

/** Milliseconds that an attempt waits for others under way before it is told to come back. */
const PATIENCE = 8000;

/** An attempt to prove something with what can be guessed. It is settled by exactly one of `right`, `wrong` and `undecided`. */
export interface Guess {
  /** Whose attempt it is, for the queue of hashes. */
  caller(): Caller;
  /** Whether a look that costs nothing is allowed before `take`. */
  mayLook(): boolean;
  /** Counts the attempt as failed before anyone works on it, so that no others slip through meanwhile; rejects with 429. */
  take(): Promise<void>;
  right(): void;
  /** Rejects with 429, in place of another refusal, if there was no room for the attempt. */
  wrong(): Promise<void>;
  /** It came to nothing, and told nothing. */
  undecided(): void;
}

export interface GuessParts {
  readonly caller: () => Caller;
  readonly charges: () => readonly Charge[];
  readonly mayLook: () => boolean;
  readonly isKnown: IsKnown;
  readonly learn: () => void;
  readonly refuse: (refusal: Refusal) => Error;
}

export function createGuess({ caller, charges, mayLook, isKnown, learn, refuse }: GuessParts): Guess {
  let taken: readonly Point[] | undefined;
  const settle = (how: keyof Point): void => {
    for (const point of taken ?? []) point[how]();
    taken = undefined;
  };
  const takeWhenThereIsRoom = async (giveUpAt: number): Promise<void> => {
    const full = await refusalOf(charges(), isKnown);
    if (full) throw refuse(full);
    const { points, refusals } = await takeEach(charges(), isKnown);
    taken = points;
    const [first] = refusals;
    if (first === undefined) return;
    settle('giveBack');
    if (refusals.some(({ turn }) => turn === undefined) || performance.now() > giveUpAt) throw refuse(first);
    // Whether there is room shows when those under way are done: a user who logs in ten times at once is no guesser.
    await Promise.all(refusals.map(async ({ turn }) => turn));
    await takeWhenThereIsRoom(giveUpAt);
  };

  return {
    caller,
    mayLook,
    async take() {
      if (!taken) await takeWhenThereIsRoom(performance.now() + PATIENCE);
    },
    right() {
      settle('giveBack');
      learn();
    },
    undecided() {
      settle('giveBack');
    },
    async wrong() {
      if (taken) {
        settle('keep');
        return;
      }
      const { points, refusals } = await takeEach(charges(), isKnown);
      taken = points;
      settle('keep');
      const [first] = refusals;
      if (first) throw refuse(first);
    },
  };
}

/** The guess of one whom nobody counts. */
export function unlimitedGuess(caller: () => Caller): Guess {
  const nothing = (): void => undefined;
  const settled = (): Promise<void> => Promise.resolve();
  return { caller, mayLook: () => true, take: settled, right: nothing, wrong: settled, undecided: nothing };
}
