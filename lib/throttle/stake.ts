import { begin, beginAlone, count, end, fullCharge, mayBeginAlone, takeShared, type Charge, type SharedTake } from './charge';
import type { Refusal } from './counter';

/** What one attempt has put down in the counters: an attempt under way, which ends as a failure or is given back. */
export interface Stake {
  /** Whether it can be put down in this process at once. */
  mayBeginAlone(): boolean;
  /** Puts it down in this process if so. */
  beginAlone(): void;
  /** Puts it down in all counters, after waiting for those under way if need be; answers why it could not. */
  take(giveUpAt: number): Promise<Refusal | undefined>;
  giveBack(): void;
  /** Counts it as a failure; answers what it should have been refused for. */
  keep(): Promise<Refusal | undefined>;
}

export function createStake(charges: readonly Charge[], isKnown: boolean): Stake {
  let isUnderWay = false;
  let shared: SharedTake | undefined;

  const giveBack = (): void => {
    if (isUnderWay) end(charges);
    shared?.giveBack();
    isUnderWay = false;
    shared = undefined;
  };
  const takeHere = async (giveUpAt: number): Promise<Refusal | undefined> => {
    for (let lacking = await begin(charges, isKnown); lacking; lacking = await begin(charges, isKnown)) {
      // Whether there is room shows when those under way are done: a user who logs in ten times at once is no guesser.
      const turn = performance.now() < giveUpAt ? lacking.counter.turn(lacking.key) : undefined;
      if (!turn) return lacking.counter.refusal(lacking.key);
      await turn;
    }
    isUnderWay = true;
    return undefined;
  };

  return {
    giveBack,
    mayBeginAlone: () => isUnderWay || mayBeginAlone(charges, isKnown),
    beginAlone() {
      isUnderWay ||= beginAlone(charges, isKnown);
    },
    async take(giveUpAt) {
      isUnderWay ||= beginAlone(charges, isKnown);
      const refusal = isUnderWay ? undefined : await takeHere(giveUpAt);
      if (refusal) return refusal;
      shared ??= await takeShared(charges, isKnown);
      const { refusal: sharedRefusal } = shared;
      if (sharedRefusal) giveBack();
      return sharedRefusal;
    },
    async keep() {
      const full = isUnderWay ? undefined : fullCharge(charges, isKnown);
      // Whom nobody else may follow has had all tries: what else it fails at tells nothing new.
      if (full?.refuses !== 'all') await count(charges);
      if (isUnderWay) end(charges);
      isUnderWay = false;
      if (full) return full.counter.refusal(full.key);
      shared ??= await takeShared(charges, isKnown);
      return shared.refusal;
    },
  };
}
