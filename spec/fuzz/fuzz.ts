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
  /** The longest case that was slow twice, in milliseconds: once may be the machine's fault. */
  readonly slowest: number;
  readonly failures: readonly Failure[];
}

/** A case may take this long, in milliseconds. */
export const LIMIT = 50;

/** Runs `cases` inputs through one parser: a third from mutation of what is known, a third by grammar, a third noise and both mixed. */
export function fuzz(target: Target, corpus: readonly string[], cases: number, seed: number): FuzzResult {
  const random = createRandom(seed);
  const known: [string, ...string[]] = [...target.seeds, ...corpus] as [string, ...string[]];
  const failures: Failure[] = [];
  let slowest = 0;
  for (let at = 0; at < cases && failures.length < 10; at += 1) {
    const input = make(target, known, random);
    const took = time(target, input, failures);
    if (took > LIMIT) slowest = Math.max(slowest, Math.min(took, time(target, input, failures)));
  }
  if (slowest > LIMIT) failures.push({ target: target.name, input: '', problem: `a case took ${String(slowest)} ms twice` });
  return { cases, slowest, failures };
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

function time(target: Target, input: string, failures: Failure[]): number {
  const start = performance.now();
  try {
    target.run(input);
  } catch (error) {
    failures.push({ target: target.name, input: JSON.stringify(input), problem: String(error) });
  }
  return performance.now() - start;
}
