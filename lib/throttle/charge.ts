import type { Counter, Point, Refusal } from './counter';

/** One counter that an attempt is counted by. */
export interface Charge {
  readonly counter: Counter;
  readonly key: string;
  /** Whom a full counter refuses; strangers are those who have not succeeded from this address before. */
  readonly refuses: 'all' | 'strangers' | 'nobody';
  /** Less than all points of the counter. */
  readonly most?: number;
}

/** Whether the name has succeeded from this address, as far as any process knows; asked only where it matters. */
export type IsKnown = () => Promise<boolean>;

/** Points that were taken, and the refusals of counters that may refuse this attempt. */
export interface Taken {
  readonly points: readonly Point[];
  readonly refusals: readonly Refusal[];
}

/** The first refusal by a counter that failures alone have filled. Changes nothing, so a flood costs next to nothing. */
export async function refusalOf(charges: readonly Charge[], isKnown: IsKnown): Promise<Refusal | undefined> {
  for (const charge of charges) {
    if (charge.counter.isFull(charge.key) && (await binds(charge, isKnown))) return charge.counter.refusal(charge.key);
  }
  return undefined;
}

/** Takes a point of every counter, at the same time. */
export async function takeEach(charges: readonly Charge[], isKnown: IsKnown): Promise<Taken> {
  const answers = await Promise.all(charges.map(async (charge) => ({ charge, answer: await charge.counter.take(charge.key, charge.most) })));
  const points: Point[] = [];
  const refusals: Refusal[] = [];
  for (const { charge, answer } of answers) {
    if (!isRefusal(answer)) points.push(answer);
    else if (await binds(charge, isKnown)) refusals.push(answer);
  }
  return { points, refusals };
}

const isRefusal = (answer: Point | Refusal): answer is Refusal => 'by' in answer;

async function binds({ refuses }: Charge, isKnown: IsKnown): Promise<boolean> {
  return refuses === 'all' || (refuses === 'strangers' && !(await isKnown()));
}
