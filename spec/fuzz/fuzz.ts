import { createRandom, mutate, noise, type Random } from './random';
import type { Target } from './targets';

export interface Failure {
  readonly target: string;
  /** Latin-1, as JSON: what to put into the corpus. */
  readonly input: string;
  readonly problem: string;
}

export interface FuzzResult {
  readonly cases: number;
  /** The longest case that was slow each time it was tried, in milliseconds: once may be the fault of the machine. */
  readonly slowest: number;
  readonly failures: readonly Failure[];
  /** Inputs that led where none of those known led, the first for each outcome. */
  readonly found: readonly string[];
}

/** A case may take this long, in milliseconds. */
export const LIMIT = 50;
/** More than this many kinds of outcome are noise. */
const MOST_FOUND = 200;
const LONGEST_FOUND = 400;

/**
 * Runs `cases` inputs through one target: a quarter from mutation of what is known, a quarter by grammar, a quarter from both, a
 * quarter noise. An input with a new outcome is known from then on.
 */
export async function fuzz(target: Target, corpus: readonly string[], cases: number, seed: number): Promise<FuzzResult> {
  const random = createRandom(seed);
  const known: [string, ...string[]] = [...target.seeds, ...corpus] as [string, ...string[]];
  const failures: Failure[] = [];
  const outcomes = new Set<string>();
  const found: string[] = [];
  const run = async (input: string): Promise<string | undefined> => {
    try {
      const outcome = target.run(input);
      return typeof outcome === 'string' ? outcome : await outcome;
    } catch (error) {
      failures.push({ target: target.name, input: JSON.stringify(input), problem: String(error) });
      return undefined;
    }
  };
  for (const input of known) outcomes.add((await run(input)) ?? '');

  let slowest = 0;
  for (let at = 0; at < cases && failures.length < 10; at += 1) {
    // What a case leaves for later has its turn now and then, or it would pile up.
    if (at % 500 === 0) await new Promise(setImmediate);
    const input = make(target, known, random);
    const start = performance.now();
    const outcome = await run(input);
    if (performance.now() - start > LIMIT) {
      const took = await again(run, input);
      if (took > LIMIT) failures.push({ target: target.name, input: JSON.stringify(input), problem: `took ${String(took)} ms each time` });
      slowest = Math.max(slowest, took);
    }
    if (outcome === undefined || outcomes.has(outcome) || found.length >= MOST_FOUND || input.length > LONGEST_FOUND) continue;
    outcomes.add(outcome);
    found.push(input);
    known.push(input);
  }
  return { cases, slowest, failures, found };
}

function make(target: Target, known: readonly [string, ...string[]], random: Random): string {
  switch (random.below(4)) {
    case 0:
      return mutate(random.pick(known), random);
    case 1:
      return target.grow(random);
    case 2:
      return mutate(target.grow(random), random);
    default:
      return noise(random, 64);
  }
}

/** The shortest time of three, in milliseconds of the processor: a machine that is busy with something else makes nothing slow. */
async function again(run: (input: string) => Promise<unknown>, input: string): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 3; times += 1) {
    const start = process.cpuUsage();
    await run(input);
    const { user, system } = process.cpuUsage(start);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}
