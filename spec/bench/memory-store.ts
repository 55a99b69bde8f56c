// Bytes an entry, the longest slice of a sweep and the cost of an eviction in the memory store, at a million entries:
//   node --expose-gc --import tsx spec/bench/memory-store.ts
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createFamilies, addFamily, findFamily, rotateFamily } from '../../lib/stores/memory/families';
import { sweep, type Shelf } from '../../lib/stores/memory/shelf';
import { memoryStore } from '../../lib/stores/memory';
import type { Family, TokenStore } from '../../lib/stores/store';

const ENTRIES = Number(process.env['ENTRIES'] ?? 1_000_000);
const DAY = 86_400_000;
const start = Date.now();
const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

function family(number: number): Family {
  return {
    id: random(24),
    clientId: `client-${String(number % 50)}`,
    userId: randomUUID(),
    scopes: ['storage', 'storage.write'],
    audience: ['https://api.example.com/oauth'],
    authTime: Math.floor(start / 1000),
    secret: random(32),
    current: random(32),
    previous: random(32),
    rotatedAt: start,
    idleExpiresAt: start + 14 * DAY + number,
    expiresAt: start + 90 * DAY,
  };
}

const content = (): string =>
  JSON.stringify(['client-7', randomUUID(), ['storage', 'storage.write'], ['https://api.example.com/oauth'], Math.floor(start / 1000), random(24)]);

function heap(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

function bytesEach(what: string, add: (store: TokenStore, number: number) => void): TokenStore {
  const store = memoryStore({ maxEntries: ENTRIES });
  const before = heap();
  for (let number = 0; number < ENTRIES; number++) add(store, number);
  console.log(`${what}: ${((heap() - before) / ENTRIES).toFixed(0)} bytes`);
  return store;
}

function timeEach(what: string, count: number, act: (number: number) => unknown): void {
  const took: number[] = [];
  let longest = 0;
  const from = performance.now();
  for (let number = 0; number < count; number++) {
    const at = performance.now();
    act(number);
    const spent = performance.now() - at;
    took.push(spent);
    longest = Math.max(longest, spent);
  }
  const mean = ((performance.now() - from) * 1000) / count;
  console.log(`${what}: mean ${mean.toFixed(2)} µs, median ${(median(took) * 1000).toFixed(2)} µs, longest ${longest.toFixed(2)} ms`);
}

function sweepAll(what: string, shelf: Shelf): void {
  const now = Date.now;
  Date.now = () => start + 15 * DAY + ENTRIES;
  const slices: number[] = [];
  const size = shelf.size;
  for (let done = false; !done; ) {
    const at = performance.now();
    done = sweep(shelf, () => performance.now() > at + 1);
    slices.push(performance.now() - at);
  }
  Date.now = now;
  const longest = Math.max(...slices);
  const total = slices.reduce((sum, slice) => sum + slice, 0);
  console.log(`${what}: ${String(size - shelf.size)} removed in ${String(slices.length)} slices, longest ${longest.toFixed(2)} ms, ${((total * 1000) / size).toFixed(2)} µs an entry`);
}

bytesEach('a family', (store, number) => void store.createFamily(family(number))).close?.();
bytesEach(`an opaque token with ${String(content().length)} bytes of content`, (store) => void store.saveAccessToken(random(32), content(), start + 3_600_000)).close?.();
bytesEach('a revocation', (store, number) => void store.revoke({ key: `f:${random(24)}`, at: start, until: start + 3_600_000 + number, familyId: random(24) })).close?.();

const families = createFamilies(ENTRIES);
const made = Array.from({ length: ENTRIES }, (_, number) => family(number));
for (const one of made) addFamily(families, one);
console.log(`${String(families.shelf.size)} families`);
timeEach('find', 100_000, (number) => findFamily(families, made[(number * 7919) % ENTRIES]?.id ?? ''));
timeEach('rotate', 100_000, (number) => {
  const { id = '', current = '' } = made[(number * 7919) % ENTRIES] ?? {};
  return rotateFamily(families, id, { presented: current, successor: hash(current), at: start + 1, reuseWindow: 10, idleExpiresAt: start + 14 * DAY });
});
const more = Array.from({ length: 200_000 }, (_, number) => family(number));
timeEach('add with eviction', more.length, (number) => { if (more[number]) addFamily(families, more[number]); });
console.log(`${String(families.shelf.size)} families`);
sweepAll('sweep', families.shelf);
