import { availableParallelism } from 'node:os';
import { queueHash, type Caller } from '../../lib/clients/hash-queue';
import { OAuthError } from '../../lib';

const stranger = (lane: string): Caller => ({ lane, standing: 'new' });
const known = (lane: string): Caller => ({ lane, standing: 'known' });
const failed = (lane: string): Caller => ({ lane, standing: 'failed' });

interface Bench {
  /** Names of those whose turn came, in order. */
  readonly ran: string[];
  readonly refused: string[];
  add(name: string, caller: Caller): void;
  /** Ends the one that has been under way longest. */
  finish(): Promise<void>;
  finishAll(): Promise<void>;
}

/** The queue with work that ends when it is told to. */
function createBench(): Bench {
  const ran: string[] = [];
  const refused: string[] = [];
  const underWay: (() => void)[] = [];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const bench: Bench = {
    ran,
    refused,
    add(name, caller) {
      const work = (): Promise<void> =>
        new Promise((resolve) => {
          ran.push(name);
          underWay.push(resolve);
        });
      queueHash(caller, work).catch((error: unknown) => {
        expect(error).toBeInstanceOf(OAuthError);
        expect(error).toMatchObject({ status: 503, code: 'temporarily_unavailable', retryAfter: 2 });
        refused.push(name);
      });
    },
    async finish() {
      underWay.shift()?.();
      await turn();
    },
    async finishAll() {
      while (underWay.length > 0) await bench.finish();
    },
  };
  return bench;
}

/** As many as are worked on at once: one less than there are cores or threads, and one at least. */
const IN_FLIGHT = Math.max(1, Math.min(availableParallelism(), Number(process.env['UV_THREADPOOL_SIZE']) || 4) - 1);
const QUEUE = 64 * IN_FLIGHT;
/** With more waiting than these the newest goes first. */
const CRUSH = 8 * IN_FLIGHT;

/** Nothing that was refused or has given up takes up room: as many may wait as before. */
async function expectEmpty(): Promise<void> {
  const bench = createBench();
  for (let number = 0; number < IN_FLIGHT + QUEUE + 1; number += 1) bench.add(String(number), known('one'));
  await bench.finishAll();
  expect(bench.refused).toEqual([String(IN_FLIGHT + QUEUE)]);
}

async function withBusyQueue(test: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = createBench();
  for (let number = 0; number < IN_FLIGHT; number += 1) bench.add('before', stranger('before'));
  expect(bench.ran).toHaveLength(IN_FLIGHT);
  bench.ran.length = 0;
  try {
    await test(bench);
  } finally {
    await bench.finishAll();
  }
  await expectEmpty();
}

describe('the queue of hashes', () => {
  it('works on fewer than there are cores and threads, and tells the rest to come back', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < QUEUE + 5; number += 1) bench.add(String(number), stranger('one'));
      await Promise.resolve();
      expect(bench.ran).toEqual([]);
      await bench.finishAll();
      expect(bench.ran.toSorted((one, other) => Number(one) - Number(other))).toEqual(Array.from({ length: QUEUE }, (_, number) => String(number)));
      expect(bench.refused).toEqual(Array.from({ length: 5 }, (_, number) => String(QUEUE + number)));
    }));

  it('gives every lane its turn', () =>
    withBusyQueue(async (bench) => {
      for (const name of ['a1', 'a2', 'a3', 'a4']) bench.add(name, stranger('a'));
      for (const name of ['b1', 'b2']) bench.add(name, stranger('b'));
      bench.add('c1', stranger('c'));
      await bench.finishAll();
      expect(bench.ran).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
    }));

  it('lets the newest go first while more wait than get their turn in time, and the oldest otherwise', () =>
    withBusyQueue(async (bench) => {
      const storm = Array.from({ length: CRUSH + 3 }, (_, number) => String(number));
      for (const name of storm) bench.add(name, stranger('storm'));
      bench.add('friend', stranger('storm'));
      await bench.finish();
      expect(bench.ran).toEqual(['friend']);
      await bench.finishAll();
      expect(bench.ran).toEqual(['friend', ...storm.slice(-3).reverse(), ...storm.slice(0, -3)]);
    }));

  it('lets the newest lane go first while more wait than get their turn in time, but none a second time before the others', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < CRUSH; number += 1) bench.add(`office ${String(number)}`, stranger('office'));
      bench.add('early', stranger('early'));
      bench.add('late 1', stranger('late'));
      bench.add('late 2', stranger('late'));
      for (let turns = 0; turns < 4; turns += 1) await bench.finish();
      const newest = `office ${String(CRUSH - 1)}`;
      expect(bench.ran).toEqual(['late 2', 'early', newest, 'late 1']);
    }));

  it('takes those of better standing first, but never so that others wait for ever', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < 12; number += 1) {
        bench.add('f', failed(String(number)));
        bench.add('n', stranger(String(number)));
        bench.add('k', known(String(number)));
      }
      await bench.finishAll();
      const round = bench.ran.slice(0, 16);
      expect([round.filter((name) => name === 'k').length, round.filter((name) => name === 'n').length, round.filter((name) => name === 'f').length]).toEqual([12, 2, 2]);
      expect(bench.ran.slice(0, 8)).toEqual(expect.arrayContaining(['k', 'n', 'f']));
      expect(bench.ran.lastIndexOf('n')).toBeLessThan(bench.ran.lastIndexOf('f'));
      expect(bench.ran).toHaveLength(36);
    }));

  // Eight times, as whose turn comes first changes.
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('takes those who came from a place before anything had failed there for no better than those who come after (%i)', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number <= CRUSH; number += 1) bench.add('storm', stranger('place'));
      bench.add('friend', failed('place'));
      bench.add('someone', stranger('elsewhere'));
      for (let turns = 0; turns < 2; turns += 1) await bench.finish();
      expect(bench.ran.toSorted()).toEqual(['friend', 'someone']);
    }));

  it('when it is full, makes room in the longest lane for one who waits behind fewer', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < QUEUE; number += 1) bench.add(`flood ${String(number)}`, stranger('flood'));
      bench.add('someone', stranger('elsewhere'));
      bench.add('friend', known('flood'));
      bench.add('flood again', stranger('flood'));
      bench.add('suspect', failed('elsewhere'));
      await bench.finishAll();
      expect(bench.refused).toEqual(['flood 0', 'flood 1', 'flood again', 'suspect']);
      expect(bench.ran.indexOf('friend')).toBeLessThan(4);
      expect(bench.ran.indexOf('someone')).toBeLessThan(6);
      expect(bench.ran).toHaveLength(QUEUE);
    }));

  it('when it is full of those who have failed, makes room among them for one of them who waits behind fewer', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < QUEUE; number += 1) bench.add(String(number), failed('flood'));
      bench.add('suspect', failed('elsewhere'));
      bench.add('flood again', failed('flood'));
      await bench.finishAll();
      expect(bench.refused).toEqual(['0', 'flood again']);
      expect(bench.ran).toContain('suspect');
    }));

  it('when it is full of those who are known, refuses whoever waits behind no fewer', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < QUEUE; number += 1) bench.add(String(number), known('office'));
      bench.add('colleague', known('office'));
      bench.add('someone', stranger('elsewhere'));
      bench.add('friend', known('elsewhere'));
      await bench.finishAll();
      expect(bench.refused).toEqual(['colleague', 'someone', '0']);
    }));

  it('does not hash for those who have waited longer than anyone does, nor keep them waiting for others', () =>
    withBusyQueue(async (bench) => {
      const { now } = performance;
      bench.add('early', stranger('a'));
      bench.add('early suspect', failed('b'));
      try {
        performance.now = () => now.call(performance) + 8000;
        for (let number = 0; number <= CRUSH; number += 1) bench.add('late', stranger('a'));
        await bench.finish();
        expect([bench.ran, bench.refused]).toEqual([['late'], ['early', 'early suspect']]);
      } finally {
        performance.now = now;
      }
    }));

  it('goes on after work that fails', async () => {
    await expect(queueHash(stranger('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queueHash(stranger('a'), () => Promise.resolve('yes'))).resolves.toBe('yes');
  });

  it('reports to the operator once in a while, however many it refuses', () =>
    withBusyQueue(async (bench) => {
      for (let number = 0; number < QUEUE; number += 1) bench.add(String(number), known('office'));
      const { now } = performance;
      const start = now.call(performance) + 60_000;
      const refusalAfter = (milliseconds: number): Promise<unknown> => {
        performance.now = () => start + milliseconds;
        return queueHash(stranger('a'), () => Promise.resolve()).catch((error: unknown) => error);
      };
      try {
        const words = 'too many password hashes are waiting';
        for (const [milliseconds, cause] of [[0, words], [0, undefined], [999, undefined], [1000, words], [1999, undefined], [2000, words]] as const) {
          const refusal = (await refusalAfter(milliseconds)) as OAuthError;
          expect(refusal).toMatchObject({ status: 503, code: 'temporarily_unavailable', description: 'The service cannot answer right now', retryAfter: 2 });
          expect((refusal.cause as Error | undefined)?.message).toBe(cause);
        }
      } finally {
        performance.now = now;
      }
    }));
});
