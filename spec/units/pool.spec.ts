import { createGate, POOL_SIZE } from '../../lib/pool';

interface Piece {
  readonly name: string;
  readonly end: () => void;
}

/** A gate, and the pieces of work that are inside. */
function gateFor(most: number): { readonly inside: Piece[]; work(name: string): Promise<string> } {
  const gate = createGate(most);
  const inside: Piece[] = [];
  return {
    inside,
    work: (name) =>
      gate(
        () =>
          new Promise((resolve, reject) => {
            inside.push({ name, end: () => { if (name.startsWith('bad')) reject(new Error(name)); else resolve(name); } });
          }),
      ),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

describe('a gate', () => {
  it('lets so many in at once, and the others in the order of their coming as each one ends', async () => {
    const { inside, work } = gateFor(2);
    const done = ['a', 'b', 'c', 'd', 'e'].map(work);
    await turn();
    expect(inside.map(({ name }) => name)).toEqual(['a', 'b']);
    inside[1]?.end();
    await turn();
    expect(inside.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    inside[0]?.end();
    inside[2]?.end();
    await turn();
    expect(inside.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const { end } of inside) end();
    expect(await Promise.all(done)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('has room again when all are out, and for no more than before', async () => {
    const { inside, work } = gateFor(1);
    for (const name of ['a', 'b']) {
      const done = work(name);
      await turn();
      inside.at(-1)?.end();
      await done;
    }
    void work('c');
    void work('d');
    await turn();
    expect(inside.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('lets the next in where one fails, at once or later', async () => {
    const { inside, work } = gateFor(1);
    const done = ['bad', 'b'].map(work);
    await turn();
    inside[0]?.end();
    await expect(done[0]).rejects.toThrow('bad');
    await turn();
    inside[1]?.end();
    expect(await done[1]).toBe('b');
    const gate = createGate(1);
    await expect(gate(() => { throw new Error('at once'); })).rejects.toThrow('at once');
    expect(await gate(async () => 'next')).toBe('next');
  });
});

it('the pool has four threads where the environment does not say', () => {
  expect(POOL_SIZE).toBe(Number(process.env['UV_THREADPOOL_SIZE'] ?? 4));
});
