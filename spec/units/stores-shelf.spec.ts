import { begin, finish, putNumber, putText } from '../../lib/stores/memory/pack';
import { createShelf, place, read, remove, sweep, type Shelf } from '../../lib/stores/memory/shelf';
import { holdTime } from '../support/clock';

const now = 1_800_000_000_000;
const MINUTE = 60_000;
beforeEach(() => { holdTime(now); });

function record(end: number, text = ''): string {
  begin();
  putNumber(end);
  putText(text);
  return finish();
}
const lasting = (minutes: number, text = ''): string => record(now + minutes * MINUTE, text);
const never = (): boolean => false;

function shelfOf(capacity: number): Shelf & { readonly gone: string[] } {
  const gone: string[] = [];
  return Object.assign(createShelf(capacity, (one) => gone.push(one)), { gone });
}
const laneCount = (shelf: Shelf): number => shelf.rows.size;

describe('a shelf', () => {
  it('has what was placed, under its key, until it is removed', () => {
    const shelf = shelfOf(3);
    place(shelf, 'a', lasting(1, 'a'));
    place(shelf, 'b', lasting(2, 'b'));
    expect([read(shelf, 'a'), read(shelf, 'b'), read(shelf, 'c'), shelf.size]).toEqual([lasting(1, 'a'), lasting(2, 'b'), undefined, 2]);
    remove(shelf, 'a');
    remove(shelf, 'a');
    remove(shelf, 'c');
    expect([read(shelf, 'a'), read(shelf, 'b'), shelf.size, shelf.gone]).toEqual([undefined, lasting(2, 'b'), 1, [lasting(1, 'a')]]);
  });

  it('has one record under a key, whatever it lives', () => {
    const shelf = shelfOf(1);
    place(shelf, 'a', lasting(1));
    place(shelf, 'a', lasting(1000));
    expect([read(shelf, 'a'), shelf.size, shelf.gone]).toEqual([lasting(1000), 1, [lasting(1)]]);
  });

  it('has a row for lifetimes within a factor of two, and one for all up to a minute', () => {
    const shelf = shelfOf(100);
    const rowsAfter = (minutes: number): number => {
      place(shelf, `for ${String(minutes)}`, lasting(minutes));
      return laneCount(shelf);
    };
    expect([0, -5, 0.5, 1, 1.5, 2, 2.5, 4, 4.5, 8, 60 * 24].map(rowsAfter)).toEqual([1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
  });

  it('has as many lanes in a row as keep each of them small', () => {
    expect([1, 16_384, 16_385, 32_768, 32_769, 1_000_000].map((capacity) => createShelf(capacity).width)).toEqual([1, 1, 2, 2, 4, 64]);
    const shelf = createShelf(32_768);
    for (let key = 0; key < 32_768; key += 1) place(shelf, `key ${String(key)}`, lasting(1));
    for (const lane of shelf.rows.get(0) ?? []) expect(lane.records.size).toBeGreaterThan(12_000);
  });

  it('tells keys apart by their ends, of any length', () => {
    const shelf = createShelf(1_000_000);
    const columns = (keys: readonly string[]): number => {
      for (const key of keys) place(shelf, key, lasting(1));
      const filled = (shelf.rows.get(0) ?? []).filter(({ records }) => records.size > 0).length;
      for (const key of keys) remove(shelf, key);
      return filled;
    };
    const many = Array.from({ length: 1000 }, (_none, index) => index);
    expect(columns(many.map((index) => String.fromCharCode(index + 40)))).toBeGreaterThan(50);
    expect(columns(many.map((index) => `the same beginning ${String(index)}`))).toBeGreaterThan(50);
    expect(columns(many.map((index) => `${String(index)} and the same end`))).toBe(1);
  });
});

describe('a shelf that is full', () => {
  it('gives up the one that was placed first, of those that live as long', () => {
    const shelf = shelfOf(2);
    for (const key of ['a', 'b', 'c']) place(shelf, key, lasting(1, key));
    expect([shelf.size, shelf.gone]).toEqual([2, [lasting(1, 'a')]]);
    place(shelf, 'b', lasting(1, 'b again'));
    place(shelf, 'd', lasting(1, 'd'));
    expect(shelf.gone.slice(1)).toEqual([lasting(1, 'b'), lasting(1, 'c')]);
  });

  it.each([[1, 10], [10, 1]])('gives up the one that ends first, in whichever row: %d and %d minutes', (one, other) => {
    const shelf = shelfOf(2);
    place(shelf, 'a', lasting(one));
    place(shelf, 'b', lasting(other));
    place(shelf, 'c', lasting(100));
    expect(shelf.gone).toEqual([lasting(1)]);
    place(shelf, 'd', lasting(0.5));
    expect(shelf.gone.slice(1)).toEqual([lasting(10)]);
  });

  it('gives up the one that was placed first where two end at the same time', () => {
    const shelf = shelfOf(2);
    place(shelf, 'a', record(now + 4 * MINUTE, 'a'));
    holdTime(now + 3 * MINUTE);
    place(shelf, 'b', record(now + 4 * MINUTE, 'b'));
    place(shelf, 'c', record(now + 100 * MINUTE, 'c'));
    expect(shelf.gone).toEqual([record(now + 4 * MINUTE, 'a')]);
  });

  it('gives up no newcomer, but for one that is alone', () => {
    const shelf = shelfOf(1);
    place(shelf, 'a', lasting(100));
    place(shelf, 'b', lasting(1));
    expect([read(shelf, 'b'), shelf.gone]).toEqual([lasting(1), [lasting(100)]]);
  });

  it('finds something to give up in whichever column it stands', () => {
    const shelf = shelfOf(16_385);
    expect(shelf.width).toBe(2);
    const columnOf = (key: string): number => {
      place(shelf, key, lasting(1));
      const [first] = shelf.rows.get(0) ?? [];
      const column = first?.records.has(key) === true ? 0 : 1;
      remove(shelf, key);
      return column;
    };
    const keys = Array.from({ length: 40_000 }, (_none, index) => `key ${String(index)}`);
    for (const column of [0, 1]) {
      const full = shelfOf(16_385);
      const rest = keys.filter((key) => columnOf(key) !== column).slice(0, 16_385);
      const [newcomer = ''] = keys.filter((key) => columnOf(key) === column);
      for (const key of rest) place(full, key, lasting(1, key));
      place(full, newcomer, lasting(1, newcomer));
      expect([full.size, read(full, newcomer), full.gone]).toEqual([16_385, lasting(1, newcomer), [lasting(1, rest[0])]]);
    }
  });
});

describe('the sweep of a shelf', () => {
  it('removes what has ended, and nothing else', () => {
    const shelf = shelfOf(100);
    for (const minutes of [-1, 0, 1, 30, 31]) place(shelf, `for ${String(minutes)}`, lasting(minutes));
    expect(sweep(shelf, never)).toBe(true);
    expect([shelf.size, shelf.gone]).toEqual([3, [lasting(-1), lasting(0)]]);
    holdTime(now + 30 * MINUTE);
    sweep(shelf, never);
    expect([shelf.size, read(shelf, 'for 31')]).toEqual([1, lasting(31)]);
  });

  it('stops when it is told to, and goes on where it stopped', () => {
    const shelf = shelfOf(40_000);
    for (let key = 0; key < 1000; key += 1) place(shelf, `key ${String(key)}`, lasting(0, String(key)));
    let left = 300;
    expect(sweep(shelf, () => left-- <= 0)).toBe(false);
    expect(shelf.size).toBe(700);
    expect(shelf.column).not.toBe(0);
    expect(sweep(shelf, never)).toBe(true);
    expect([shelf.size, new Set(shelf.gone).size]).toEqual([0, 1000]);
  });

  it('looks at every column once', () => {
    const shelf = shelfOf(1_000_000);
    const from = (shelf.column = 7);
    place(shelf, 'a', lasting(0));
    expect([sweep(shelf, never), shelf.column, shelf.size]).toEqual([true, from, 0]);
  });
});
