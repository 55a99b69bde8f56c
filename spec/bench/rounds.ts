import type { Child } from './child';
import { isCompared } from './goals';
import { median } from './median';
import { sample, startRow, warm, type Sample, type WarmUp } from './measure';
import type { Row } from './row';

/** What a row did in a round, beside the floor. */
export interface Measured extends Sample {
  readonly ratio: number;
  /** The floor's main-thread time over its own: what the ratio would be if nobody else used the machine. */
  readonly mainRatio: number;
}
export type Results = ReadonlyMap<Row, Measured[]>;

/** So many rows have their servers up at a time, or more where more are compared with each other. */
const GROUP = 6;

export interface Plan {
  readonly floors: Readonly<Record<Row['floor'], Row>>;
  readonly rows: readonly Row[];
  /** How often each row is measured, each time in a new process: what V8 makes of the same code differs by a fifth from one to the next. */
  readonly rounds: number;
  /** Short samples of each process in a round. */
  readonly turns: number;
  readonly milliseconds: number;
  readonly warmUp: WarmUp;
}

/** A group of rows at a time, and beside it floors that are as old as its rows. */
export async function measureRounds({ floors, rows, rounds, ...plan }: Plan, driver: Child): Promise<Results> {
  const results = new Map<Row, Measured[]>([floors.bare, floors.form, ...rows].map((row) => [row, []]));
  const groups = inGroups(rows);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, group] of groups.entries()) {
      process.stderr.write(`\rround ${String(round + 1)} of ${String(rounds)}, group ${String(at + 1)} of ${String(groups.length)} `);
      for (const [row, measured] of await measureGroup(floors, group, plan, driver)) results.get(row)?.push(measured);
    }
  }
  process.stderr.write('\n');
  return results;
}

type Effort = Pick<Plan, 'turns' | 'milliseconds' | 'warmUp'>;

async function measureGroup(floors: Plan['floors'], group: readonly Row[], { turns, milliseconds, warmUp }: Effort, driver: Child): Promise<Map<Row, Measured>> {
  const kinds = [...new Set(group.map(({ floor }) => floor))];
  const running = await Promise.all([...kinds.map((kind) => floors[kind]), ...group].map(startRow));
  for (const one of shuffled(running)) await warm(one, driver, warmUp);
  const samples = new Map(running.map(({ row }) => [row, [] as Sample[]]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const one of shuffled(running)) samples.get(one.row)?.push(await sample(one, driver, milliseconds));
  }
  for (const { server } of running) server.stop();
  return new Map([...samples].map(([row, own]) => [row, besideFloor(own, samples.get(floors[row.floor]) ?? [])]));
}

/** The middle of a row's samples, each beside the floor's of the same turn. */
function besideFloor(own: readonly Sample[], floor: readonly Sample[]): Measured {
  const middle = (name: keyof Sample): number => median(own.map((one) => one[name]));
  return {
    perSecond: middle('perSecond'),
    p50: middle('p50'),
    p99: middle('p99'),
    main: middle('main'),
    all: middle('all'),
    busy: middle('busy'),
    ratio: median(own.map(({ perSecond }, turn) => perSecond / (floor[turn]?.perSecond ?? NaN))),
    mainRatio: median(own.map(({ main }, turn) => (floor[turn]?.main ?? NaN) / main)),
  };
}

function shuffled<T>(values: readonly T[]): T[] {
  return values.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ value }) => value);
}

/** What is compared stands in one group, however large; the groups below the size share one. */
function inGroups(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const related = groups.filter((group) => group.some(({ name }) => isCompared(name, row.name)));
    for (const group of related) groups.splice(groups.indexOf(group), 1);
    groups.push([...related.flat(), row]);
  }
  const packed: Row[][] = [];
  for (const group of groups.sort((one, other) => other.length - one.length)) {
    const roomy = packed.find(({ length }) => length + group.length <= GROUP);
    if (roomy) roomy.push(...group);
    else packed.push([...group]);
  }
  return packed;
}
