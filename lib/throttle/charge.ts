import type { Counter, Refusal } from './counter';

/** One counter that an attempt is counted by. */
export interface Charge {
  readonly counter: Counter;
  readonly key: string;
  /** Whom a full counter refuses; strangers are those who have not succeeded from this address before. */
  readonly refuses: 'all' | 'strangers' | 'nobody';
  /** Less than all points of the counter. */
  readonly most?: number | undefined;
}

type Charges = readonly Charge[];

const binds = ({ refuses }: Charge, isKnown: boolean): boolean => refuses === 'all' || (refuses === 'strangers' && !isKnown);

/** The charge whose counter has no room left for this attempt, by failures alone. */
export const fullCharge = (charges: Charges, isKnown: boolean): Charge | undefined =>
  charges.find((charge) => binds(charge, isKnown) && charge.counter.isFull(charge.key));

/** Whether nothing is full and nobody else is under way in any counter: then nobody has to be asked. */
export const mayBeginAlone = (charges: Charges, isKnown: boolean): boolean =>
  charges.every(({ counter, key, most }) => most === undefined && !counter.isBusy(key)) && !fullCharge(charges, isKnown);

/** Begins the attempt in all counters if it may do so alone. */
export function beginAlone(charges: Charges, isKnown: boolean): boolean {
  if (!mayBeginAlone(charges, isKnown)) return false;
  for (const { counter, key } of charges) counter.begin(key);
  return true;
}

/**
 * Begins the attempt in all counters, or answers the charge that has no room for it beside those under way.
 * Between the last look and the beginning nothing else has a turn.
 */
export async function begin(charges: Charges, isKnown: boolean): Promise<Charge | undefined> {
  const failures = await Promise.all(charges.map(({ counter, key }) => counter.failures(key)));
  const lacking = charges.find((charge, at) => binds(charge, isKnown) && !charge.counter.hasRoom(charge.key, failures[at] ?? 0, charge.most));
  if (lacking) return lacking;
  for (const { counter, key } of charges) counter.begin(key);
  return undefined;
}

export function end(charges: Charges): void {
  for (const { counter, key } of charges) counter.end(key);
}

/** Counts a failure by every counter that is not full. */
export async function count(charges: Charges): Promise<void> {
  await Promise.all(charges.filter(({ counter, key }) => !counter.isFull(key)).map(({ counter, key }) => counter.count(key)));
}

/** What was taken of limiters that processes share. */
export interface SharedTake {
  readonly refusal: Refusal | undefined;
  giveBack(): void;
}

/** Counts an attempt by every limiter that processes share. */
export async function takeShared(charges: Charges, isKnown: boolean): Promise<SharedTake> {
  const answers = await Promise.all(charges.map(async ({ counter, key }) => counter.shared?.take(key)));
  const refusals = charges.flatMap((charge, at) => {
    const wait = answers[at];
    return typeof wait === 'number' && binds(charge, isKnown) ? [charge.counter.refusal(charge.key, wait)] : [];
  });
  return {
    refusal: refusals[0],
    giveBack() {
      for (const giveBack of answers) if (typeof giveBack === 'function') giveBack();
    },
  };
}
