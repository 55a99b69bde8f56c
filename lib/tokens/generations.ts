/**
 * A bounded memory in two generations. What is asked for stays; a whole generation falls away at once, which costs the same
 * however many entries it has (evicting one by one from a Map does not: each `keys()` walks over what was deleted before).
 */
export interface Generations<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
}

export function createGenerations<V>(maxEntries: number): Generations<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  const set = (key: string, value: V): void => {
    if (young.size >= maxEntries / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    set,
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
  };
}
