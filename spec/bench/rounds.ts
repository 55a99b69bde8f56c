import type { Child } from './child';
import { sample, type Running, type Sample } from './measure';
import type { Row } from './row';

/** A sample, and the floor around it. */
export interface Measured extends Sample {
  readonly ratio: number;
  /** The floor's main-thread time over its own: what the ratio would be if nobody else used the machine. */
  readonly mainRatio: number;
}
export type Results = ReadonlyMap<Row, Measured[]>;

/** So many rows between two looks at the floors. */
const GROUP = 4;

export interface Plan {
  readonly floors: Readonly<Record<Row['floor'], Running>>;
  readonly rows: readonly Running[];
  readonly rounds: number;
  readonly milliseconds: number;
}

/**
 * Every row in every round, in another order each time, between two samples of its floor: what disturbs the machine
 * disturbs all alike.
 */
export async function measureRounds({ floors, rows, rounds, milliseconds }: Plan, driver: Child): Promise<Results> {
  const results = new Map<Row, Measured[]>([floors.bare, floors.form, ...rows].map(({ row }) => [row, []]));
  const add = (row: Row, measured: Measured): void => { results.get(row)?.push(measured); };
  const sampleFloors = async (): Promise<Record<Row['floor'], Sample>> => {
    const bare = await sample(floors.bare, driver, milliseconds);
    const form = await sample(floors.form, driver, milliseconds);
    add(floors.bare.row, { ...bare, ratio: 1, mainRatio: 1 });
    add(floors.form.row, { ...form, ratio: 1, mainRatio: 1 });
    return { bare, form };
  };

  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${String(round + 1)} of ${String(rounds)}\n`);
    let before = await sampleFloors();
    for (const group of inGroups(shuffled(rows))) {
      const taken: [Row, Sample][] = [];
      for (const running of group) taken.push([running.row, await sample(running, driver, milliseconds)]);
      const behind = await sampleFloors();
      for (const [row, one] of taken) {
        const [earlier, later] = [before[row.floor], behind[row.floor]];
        add(row, { ...one, ratio: (2 * one.perSecond) / (earlier.perSecond + later.perSecond), mainRatio: (earlier.main + later.main) / (2 * one.main) });
      }
      before = behind;
    }
  }
  return results;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}

function inGroups<T>(values: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(values.length / GROUP) }, (_, at) => values.slice(at * GROUP, (at + 1) * GROUP));
}
