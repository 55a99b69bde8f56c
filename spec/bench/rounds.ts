import type { Child } from './child';
import { sample, startRow, type Running, type Sample, type WarmUp } from './measure';
import type { Row } from './row';

/** A sample beside the floor of its round. */
export interface Measured extends Sample {
  readonly ratio: number;
  /** The floor's main-thread time over its own: what the ratio would be if nobody else used the machine. */
  readonly mainRatio: number;
}
export type Results = ReadonlyMap<Row, Measured[]>;

/** So many rows have their servers up at a time: of more, each would be cold again whenever its turn comes. */
const GROUP = 4;

export interface Plan {
  readonly floors: Readonly<Record<Row['floor'], Running>>;
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly milliseconds: number;
  readonly warmUp: WarmUp;
}

/**
 * A group of rows at a time, and with it the floors: all of them in every round, in another order each time, so that what disturbs
 * the machine disturbs all alike.
 */
export async function measureRounds({ floors, rows, ...plan }: Plan, driver: Child): Promise<Results> {
  const results = new Map<Row, Measured[]>([floors.bare.row, floors.form.row, ...rows].map((row) => [row, []]));
  const groups = inGroups(rows);
  for (const [at, group] of groups.entries()) {
    process.stderr.write(`\rgroup ${String(at + 1)} of ${String(groups.length)} `);
    const running: Running[] = [];
    for (const row of group) running.push(await startRow(row, driver, plan.warmUp));
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const [row, measured] of await measureRound(floors, running, plan.milliseconds, driver)) results.get(row)?.push(measured);
    }
    for (const { server } of running) server.stop();
  }
  process.stderr.write('\n');
  return results;
}

async function measureRound(floors: Plan['floors'], rows: readonly Running[], milliseconds: number, driver: Child): Promise<Map<Row, Measured>> {
  const samples = new Map<Row, Sample>();
  for (const running of shuffled([floors.bare, floors.form, ...rows])) samples.set(running.row, await sample(running, driver, milliseconds));
  const measured = new Map<Row, Measured>();
  for (const [row, one] of samples) {
    const floor = samples.get(floors[row.floor].row);
    if (floor) measured.set(row, { ...one, ratio: one.perSecond / floor.perSecond, mainRatio: floor.main / one.main });
  }
  return measured;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}

function inGroups<T>(values: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(values.length / GROUP) }, (_, at) => values.slice(at * GROUP, (at + 1) * GROUP));
}
