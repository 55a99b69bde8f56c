import { packKey } from '../../lib/stores/memory/pack';
import { addRevocation, createRevocations, readRevocations, type Revocations } from '../../lib/stores/memory/revocations';
import { remove } from '../../lib/stores/memory/shelf';
import { holdTime } from '../support/clock';

const HOUR = 3_600_000;
const NOW = 1_790_000_000_000;
const entry = (index: number): { key: string; at: number; until: number } => ({ key: `key-${String(index)}`, at: NOW, until: NOW + HOUR });

function listOf(count: number): Revocations {
  const list = createRevocations(1000);
  for (let index = 1; index <= count; index += 1) addRevocation(list, entry(index));
  return list;
}

const keysAfter = (list: Revocations, cursor?: string): string[] => readRevocations(list, cursor).revocations.map(({ key }) => key);
const forget = (list: Revocations, ...indexes: readonly number[]): void => {
  for (const index of indexes) remove(list.shelf, packKey(`key-${String(index)}`));
};

describe('the list of revocations in memory', () => {
  beforeEach(() => { holdTime(NOW); });

  it.each([0, 1, 62, 63, 64, 65, 127, 128, 149])('goes on behind a cursor: %d', (cursor) => {
    const list = listOf(150);
    const page = readRevocations(list, String(cursor));
    expect(page.revocations).toEqual(Array.from({ length: 150 - cursor }, (_none, index) => entry(cursor + index + 1)));
    expect(page.cursor).toBe('150');
  });

  it('says nothing new to who has read it, and all to who has read none of it or another', () => {
    const list = listOf(3);
    expect(keysAfter(list, '3')).toEqual([]);
    for (const cursor of [undefined, '4', 'of another store']) expect(keysAfter(list, cursor)).toEqual(['key-1', 'key-2', 'key-3']);
    expect(readRevocations(createRevocations(1))).toEqual({ revocations: [], cursor: '0' });
  });

  it('keeps of two entries with one key the later times, behind all others', () => {
    const list = listOf(2);
    addRevocation(list, { key: 'key-1', at: NOW - 1, until: NOW + 1, familyId: 'family' });
    expect(readRevocations(list).revocations).toEqual([entry(2), { ...entry(1), familyId: 'family' }]);
    addRevocation(list, { key: 'key-2', at: NOW + 1, until: NOW + HOUR + 1 });
    expect(readRevocations(list, '3')).toEqual({ revocations: [{ key: 'key-2', at: NOW + 1, until: NOW + HOUR + 1 }], cursor: '4' });
  });

  it('no longer says what has come to its end, from that very millisecond on', () => {
    const list = listOf(1);
    holdTime(NOW + HOUR - 1);
    expect(keysAfter(list)).toEqual(['key-1']);
    holdTime(NOW + HOUR);
    expect(keysAfter(list)).toEqual([]);
  });

  it('frees a page with the last entry of it that leaves, and reads on over the gap', () => {
    const list = listOf(200);
    const numbersOf = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_none, index) => from + index);
    expect([...list.pages.keys()]).toEqual([0, 1, 2, 3]);
    forget(list, ...numbersOf(64, 126));
    expect([...list.pages.keys()]).toEqual([0, 1, 2, 3]);
    forget(list, 127);
    expect([...list.pages.keys()]).toEqual([0, 2, 3]);
    expect(keysAfter(list, '60')).toEqual([...numbersOf(61, 63), ...numbersOf(128, 200)].map((number) => `key-${String(number)}`));
    forget(list, ...numbersOf(1, 63));
    expect([...list.pages.keys()]).toEqual([2, 3]);
    expect(keysAfter(list)).toHaveLength(73);
    forget(list, ...numbersOf(128, 200));
    expect(list.pages.size).toBe(0);
    expect(readRevocations(list)).toEqual({ revocations: [], cursor: '200' });
  });

  it('refuses an entry for which there is no room, and takes one whose key it has', () => {
    const list = createRevocations(2);
    addRevocation(list, entry(1));
    addRevocation(list, entry(2));
    expect(() => { addRevocation(list, entry(3)); }).toThrow('memoryStore: 2 revocations are waiting for their end (option maxEntries)');
    addRevocation(list, entry(1));
    expect(keysAfter(list)).toEqual(['key-2', 'key-1']);
  });
});
