import type { Results } from './rounds';
import { median } from './median';

/** A ratio that this package wants to reach: of a row to its floor, or of a row to others in the same round. */
interface Goal {
  readonly text: string;
  readonly row: string;
  /** Default: the row's floor. Of several the fastest. */
  readonly to?: RegExp;
  readonly least: number;
}

const HS256_PEERS = /^(?:@node-oauth|oauth2orize|oidc-provider in Express|@jmondi).*HS256(?:, key object)?$/;
const OPAQUE_PEERS = /^(?:@node-oauth|oauth2orize|oidc-provider in Express).*opaque$/;

export const GOALS: readonly Goal[] = [
  { text: 'token HS256, to the floor', row: 'token HS256', least: 0.9 },
  { text: 'token HS256, to the fastest Express peer', row: 'token HS256', to: HS256_PEERS, least: 1.3 },
  { text: 'token opaque, to the floor', row: 'token opaque', least: 0.9 },
  { text: 'token opaque, to the fastest Express peer', row: 'token opaque', to: OPAQUE_PEERS, least: 1.3 },
  { text: 'token HS256 through createServer, to the floor', row: 'token HS256, createServer', least: 2 },
  { text: 'token opaque through createServer, to the floor', row: 'token opaque, createServer', least: 2 },
  { text: 'the same, to oauth2orize through createServer', row: 'token HS256, createServer', to: /^oauth2orize.*HS256.*createServer$/, least: 1 },
  { text: 'the same, opaque', row: 'token opaque, createServer', to: /^oauth2orize.*opaque.*createServer$/, least: 1 },
  { text: 'token ES256, to the floor', row: 'token ES256', least: 0.65 },
  { text: 'token RS256, to the signature alone', row: 'token RS256', to: /^RS256 signature alone$/, least: 0.9 },
  { text: 'the same, to an Express route that only signs', row: 'token RS256', to: /^Express route, RS256 signature$/, least: 0.9 },
  { text: 'token RS256, to raw node:http with the same signature', row: 'token RS256', to: /^raw node:http, RS256 token/, least: 0.9 },
  { text: 'token HS256 with a bcrypt secret, to SHA-256', row: 'token HS256, bcrypt secret', to: /^token HS256$/, least: 0.9 },
  ...['HS256', 'ES256', 'RS256'].flatMap((alg): Goal[] => [
    { text: `requireBearer ${alg}, to the bare route`, row: `requireBearer ${alg}`, least: 0.9 },
    { text: `requireBearer ${alg} through createServer, to the bare route`, row: `requireBearer ${alg}, createServer`, least: 2.5 },
    { text: `requireBearer ${alg} at first sight, to fast-jwt without cache`, row: `requireBearer ${alg}, first sight`, to: new RegExp(`^fast-jwt, ${alg}, first sight`), least: 1 },
  ]),
  { text: 'password HS256, to the floor', row: 'password HS256', least: 0.85 },
  { text: 'refresh HS256, to the floor', row: 'refresh HS256', least: 0.85 },
  { text: 'refresh HS256 on Redis, to memory', row: 'refresh HS256, Redis', to: /^refresh HS256$/, least: 0.75 },
  { text: 'refresh HS256 on PostgreSQL, to the rotation alone', row: 'refresh HS256, PostgreSQL', to: /^rotation alone, PostgreSQL$/, least: 0.8 },
  { text: 'the same, to an Express route that only rotates', row: 'refresh HS256, PostgreSQL', to: /^Express route, rotation, PostgreSQL$/, least: 0.8 },
  { text: 'how far the limit is: token HS256, to raw node:http by hand', row: 'token HS256', to: /^raw node:http, HS256 token/, least: NaN },
  { text: 'the same through createServer', row: 'token HS256, createServer', to: /^raw node:http, HS256 token/, least: NaN },
  { text: 'how far the limit is: requireBearer HS256, to raw node:http by hand', row: 'requireBearer HS256', to: /^raw node:http, HS256 check/, least: NaN },
  { text: 'the same through createServer', row: 'requireBearer HS256, createServer', to: /^raw node:http, HS256 check/, least: NaN },
];

/** Whether a goal compares the two, so that they must be measured in the same minute. */
export function isCompared(one: string, other: string): boolean {
  return GOALS.some(({ row, to }) => to !== undefined && ((row === one && to.test(other)) || (row === other && to.test(one))));
}

/** A line for each goal whose rows were measured: what came out, by requests a second and by main-thread time. */
export function toGoalTable(results: Results): string {
  const lines = GOALS.flatMap((goal) => {
    const reached = reach(results, goal);
    if (!reached) return [];
    const least = Number.isNaN(goal.least) ? '' : goal.least.toFixed(2);
    return [`| ${goal.text}${reached.whom} | ${least} | ${reached.perSecond.toFixed(2)} | ${reached.main.toFixed(2)} |`];
  });
  return ['| as a ratio, median of the rounds | at least | req/s | main-thread time |', '|---|--:|--:|--:|', ...lines].join('\n');
}

interface Reached {
  readonly whom: string;
  readonly perSecond: number;
  /** How often the main-thread time of the one goes into that of the other. */
  readonly main: number;
}

function reach(results: Results, { row, to }: Goal): Reached | undefined {
  const all = [...results];
  const own = all.find(([{ name }]) => name === row);
  if (!own) return undefined;
  const [, samples] = own;
  if (!to) return { whom: '', perSecond: median(samples.map(({ ratio }) => ratio)), main: median(samples.map(({ mainRatio }) => mainRatio)) };
  const compared = all
    .filter(([{ name }]) => to.test(name))
    .map(([{ name }, others]) => ({
      whom: ` (${name})`,
      perSecond: median(samples.map(({ ratio }, round) => ratio / (others[round]?.ratio ?? NaN))),
      main: median(samples.map(({ mainRatio }, round) => mainRatio / (others[round]?.mainRatio ?? NaN))),
    }));
  return compared.sort((one, other) => one.perSecond - other.perSecond)[0];
}
