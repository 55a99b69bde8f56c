import type { Charge } from '../../lib/throttle/charge';
import { createCounter, type Counter } from '../../lib/throttle/counter';
import { createGuess, unlimitedGuess, type Guess, type GuessParts } from '../../lib/throttle/guess';

const tools = { ask: async <T>(_what: string, call: () => T): Promise<Awaited<T>> => call() as Awaited<T>, emit: (): void => undefined };
const counterOf = (points = 1): Counter => createCounter('user', { points, duration: 60, shared: undefined }, tools);
const by = (counter: Counter, refuses: Charge['refuses']): readonly Charge[] => [{ counter, key: 'a', refuses }];

class Refused extends Error {}

const nothing = (): undefined => undefined;

/** A guess by one counter, and what it made its owner do. */
function guessBy(charges: GuessParts['charges'], parts: Partial<GuessParts> = {}): Guess & { readonly done: string[] } {
  const done: string[] = [];
  const guess = createGuess({
    charges,
    caller: () => ({ lane: 'a', standing: 'new' }),
    mayLook: () => false,
    lookedInVain: async () => { done.push('looked in vain'); },
    isKnown: false,
    askKnown: async () => { done.push('asked'); return false; },
    learn: () => { done.push('learnt'); },
    suspect: () => { done.push('suspected'); },
    refuse: () => new Refused(),
    ...parts,
  });
  return { ...guess, done };
}

describe('a guess', () => {
  it('is never under way where nobody else is and a look finds what is right', () => {
    const counter = counterOf();
    const guess = guessBy(() => by(counter, 'all'));
    expect(guess.look(() => (counter.isBusy('a') ? 'busy' : 'found'))).toBe('found');
    expect(counter.isBusy('a')).toBe(false);
    guess.right();
    expect([counter.isBusy('a'), counter.isFull('a'), guess.done]).toEqual([false, false, ['learnt']]);
  });

  it('is under way from the look on that finds nothing, and is given back on success', () => {
    const counter = counterOf();
    const guess = guessBy(() => by(counter, 'all'));
    expect(guess.look(nothing)).toBeUndefined();
    expect(counter.isBusy('a')).toBe(true);
    guess.right();
    expect([counter.isBusy('a'), counter.isFull('a'), guess.done]).toEqual([false, false, ['learnt']]);
  });

  it('waits at a look for one whose look found nothing before', async () => {
    const counter = counterOf();
    const [one, other] = [guessBy(() => by(counter, 'all')), guessBy(() => by(counter, 'all'))];
    expect(one.look(nothing)).toBeUndefined();
    const waiting = other.look(() => 'found');
    expect(waiting).toBeInstanceOf(Promise);
    await one.wrong();
    await expect(waiting).rejects.toThrow(Refused);
  });

  it('is given back, and nothing learnt, where it came to nothing', async () => {
    const counter = counterOf();
    const guess = guessBy(() => by(counter, 'all'));
    await guess.take();
    guess.undecided();
    expect([counter.isBusy('a'), counter.isFull('a'), guess.done]).toEqual([false, false, []]);
  });

  it('counts where it was wrong', async () => {
    const counter = counterOf();
    const guess = guessBy(() => by(counter, 'all'));
    await guess.take();
    await guess.wrong();
    expect([counter.isBusy('a'), counter.isFull('a'), guess.done]).toEqual([false, true, ['suspected']]);
  });

  it('is refused where there is no room, with no word of a look that was not taken', async () => {
    const counter = counterOf();
    await counter.count('a');
    const guess = guessBy(() => by(counter, 'all'), { mayLook: () => false });
    await expect(guess.take()).rejects.toThrow(Refused);
    await expect(guess.look(nothing)).rejects.toThrow(Refused);
    await expect(guess.wrong()).rejects.toThrow(Refused);
    expect(guess.done).toEqual(['asked', 'asked', 'suspected']);
  });

  it('may look without room where that is allowed, which is told if it comes to nothing', async () => {
    const counter = counterOf();
    await counter.count('a');
    const looked = guessBy(() => by(counter, 'all'), { mayLook: () => true });
    expect(looked.look(() => 'found')).toBe('found');
    await expect(looked.wrong()).rejects.toThrow(Refused);
    expect(looked.done).toEqual(['suspected', 'looked in vain']);
    const went = guessBy(() => by(counter, 'all'), { mayLook: () => true });
    expect(went.look(nothing)).toBeUndefined();
    await expect(went.take()).rejects.toThrow(Refused);
    expect(went.done).toEqual(['asked', 'looked in vain']);
  });

  it('waits for others under way where failures leave room, whatever may be looked at', async () => {
    const counter = counterOf();
    counter.begin('a');
    const guess = guessBy(() => by(counter, 'all'), { mayLook: () => true });
    const waiting = guess.look(() => 'found');
    expect(waiting).toBeInstanceOf(Promise);
    setImmediate(() => { counter.end('a'); });
    expect(await waiting).toBe('found');
    guess.right();
    expect(guess.done).toEqual(['learnt']);
  });

  it('gets in where other processes know the name, and is counted as a known one from then on', async () => {
    const counter = counterOf();
    await counter.count('a');
    const asked: boolean[] = [];
    const guess = guessBy((isKnown) => { asked.push(isKnown); return by(counter, 'strangers'); }, { askKnown: async () => true });
    await guess.take();
    expect([asked, counter.isBusy('a')]).toEqual([[false, true], true]);
    expect(guess.look(() => 'found')).toBe('found');
    guess.right();
    expect(counter.isBusy('a')).toBe(false);
  });

  it('asks nobody who is known where the process knows', async () => {
    const counter = counterOf();
    await counter.count('a');
    const guess = guessBy(() => by(counter, 'all'), { isKnown: true });
    await expect(guess.take()).rejects.toThrow(Refused);
    expect(guess.done).toEqual([]);
  });

  it('asks nobody where there is room', async () => {
    const guess = guessBy(() => by(counterOf(), 'all'));
    await guess.take();
    expect(guess.done).toEqual([]);
  });

  it('is never refused where nobody counts', async () => {
    const guess = unlimitedGuess(() => ({ lane: 'a', standing: 'new' }));
    expect([guess.look(nothing), guess.look(() => 'found'), guess.right(), guess.undecided(), guess.caller()]).toEqual([undefined, 'found', undefined, undefined, { lane: 'a', standing: 'new' }]);
    await expect(guess.take()).resolves.toBeUndefined();
    await expect(guess.wrong()).resolves.toBeUndefined();
  });
});
