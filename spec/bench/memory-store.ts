// Bytes an entry, the longest slice of a sweep and the cost of an eviction in the memory store, at a million entries:
//   node --expose-gc --import tsx spec/bench/memory-store.ts
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { memoryStore } from '../../lib/stores/memory';
import { addFamily, createFamilies, findFamily, rotateFamily } from '../../lib/stores/memory/families';
import { SLICE, sweep, type Shelf } from '../../lib/stores/memory/shelf';
import type { Family } from '../../lib/stores/store';

const ENTRIES = Number(process.env['ENTRIES'] ?? 1_000_000);
const SOME = 50_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = Date.now();
const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

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
  JSON.stringify({
    ...{ jti: random(24), sub: randomUUID(), aud: 'https://api.example.com/oauth', client_id: 'client-7', scope: 'storage storage.write' },
    ...{ iat: Math.floor(start / 1000), exp: Math.floor(start / 1000) + 3600, auth_time: Math.floor(start / 1000), family: random(24) },
  });

function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

const store = memoryStore({ maxEntries: ENTRIES });
const kinds: Record<string, (number: number) => unknown> = {
  'a family': (number) => store.createFamily(family(number)),
  'an opaque token': () => store.saveAccessToken(random(32), content(), start + HOUR),
  'a revocation': (number) => store.revoke({ key: `family:${random(24)}`, at: start, until: start + HOUR + number, familyId: random(24) }),
};

function bytesEach(kind: string): void {
  const before = heap();
  for (let number = 0; number < ENTRIES; number++) kinds[kind]?.(number);
  if (kind === 'an opaque token') console.log(`(${String(content().length)} characters of content)`);
  console.log(`${kind}: ${((heap() - before) / ENTRIES).toFixed(0)} bytes`);
}

function timeEach(what: string, act: (number: number) => unknown): void {
  const took: number[] = [];
  for (let number = 0; number < SOME; number++) {
    const at = performance.now();
    act(number);
    took.push((performance.now() - at) * 1000);
  }
  took.sort((a, b) => a - b);
  const [median = NaN, p99 = NaN] = [took[SOME / 2], took[SOME * 0.99]];
  const mean = took.reduce((sum, one) => sum + one, 0) / SOME;
  console.log(`${what}: mean ${mean.toFixed(1)} µs, median ${median.toFixed(1)} µs, p99 ${p99.toFixed(1)} µs`);
}

async function sweepAll(shelf: Shelf): Promise<void> {
  const slices: number[] = [];
  const size = shelf.size;
  Date.now = () => start + 15 * DAY + ENTRIES;
  for (let done = false; !done; await setTimeout(2)) {
    const at = performance.now();
    done = sweep(shelf, () => performance.now() > at + SLICE);
    slices.push(performance.now() - at);
  }
  slices.sort((a, b) => b - a);
  const each = (slices.reduce((sum, slice) => sum + slice, 0) * 1000) / size;
  const longest = slices.slice(0, 3).map((slice) => slice.toFixed(2));
  console.log(`sweep: ${String(size - shelf.size)} removed in ${String(slices.length)} slices, longest ${longest.join(', ')} ms, ${each.toFixed(2)} µs an entry`);
}

async function main(): Promise<void> {
  for (const kind of Object.keys(kinds)) execFileSync(process.execPath, [...process.execArgv, __filename, kind], { stdio: 'inherit' });
  const families = createFamilies(ENTRIES);
  for (let number = 0; number < ENTRIES - 3 * SOME; number++) addFamily(families, family(number));
  const known = Array.from({ length: 3 * SOME }, (_, number) => family(number));
  const one = (number: number): Family => known[number] ?? family(number);
  for (const each of known.slice(0, 2 * SOME)) addFamily(families, each);
  timeEach('add with room', (number) => { addFamily(families, one(2 * SOME + number)); });
  const more = Array.from({ length: SOME }, (_, number) => family(number));
  timeEach('add with eviction', (number) => { addFamily(families, more[number] ?? family(number)); });
  timeEach('find', (number) => findFamily(families, one(number * 2).id));
  timeEach('rotate', (number) => {
    const { id, current, secret } = one(number * 2);
    return rotateFamily(families, id, { presented: current, successor: secret, at: start + 1, reuseWindow: 10, idleExpiresAt: start + 14 * DAY });
  });
  await sweepAll(families.shelf);
}

if (process.argv[2] === undefined) void main();
else bytesEach(process.argv[2]);
