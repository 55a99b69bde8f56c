/** A small repeatable generator (mulberry32): a case that failed can be made again from its seed. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % limit) >>> 0;
  };
  return { below, pick: (items) => items[below(items.length)] ?? items[0] };
}

const SPECIAL = ['%', '+', '=', '&', ':', ' ', '"', '\\', '.', '\0', '\r', '\n', '\x7f', '\x80', '\xff', '[', ']', '%zz', '%00', '%ff', '%C0%AE', '%ED%A0%80', '%u0041', '+%25%26', '__proto__', 'constructor'] as const;

/** Changes an input in a few places: a byte, a piece from elsewhere, a repetition, a cut. */
export function mutate(input: string, random: Random): string {
  let text = input;
  for (let times = 1 + random.below(4); times > 0; times -= 1) text = mutateOnce(text, random);
  return text;
}

function mutateOnce(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(8));
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + random.pick(SPECIAL) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, at) + text.slice(at, end).repeat(1 + random.below(20)) + text.slice(end);
    case 4:
      return text.slice(at) + text.slice(0, at);
    default:
      return text.slice(0, at) + String.fromCharCode(32 + random.below(95)) + text.slice(at);
  }
}

/** Bytes without any grammar. */
export function noise(random: Random, most: number): string {
  let text = '';
  for (let left = random.below(most); left > 0; left -= 1) text += String.fromCharCode(random.below(256));
  return text;
}
