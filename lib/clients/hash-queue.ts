import { availableParallelism } from 'node:os';
import { OAuthError, unavailable } from '../errors';

/**
 * One slow hash keeps a core and a thread of libuv's pool busy for a quarter of a second. Fewer in flight than there are
 * cores and threads, so that requests and file reads still get their turn; past the queue the client is told to come back.
 */
const poolSize = Number(process.env.UV_THREADPOOL_SIZE) || 4;
const IN_FLIGHT = Math.max(1, Math.min(availableParallelism(), poolSize) - 1);
const QUEUE = 32 * IN_FLIGHT;
/** Milliseconds after which nobody waits for the answer any more. */
const PATIENCE = 8000;
const RETRY_AFTER = 2;
/** Strangers get every fourth hash even where those who are known could fill the queue. */
const TURN_OF_STRANGERS = 4;

/** On whose behalf something is hashed. */
export interface Caller {
  /** Callers in one lane wait for each other, not for those in other lanes. */
  readonly lane: string;
  /** Has proved itself before, and goes before strangers. */
  readonly known: boolean;
}

interface Job {
  readonly since: number;
  readonly run: () => void;
  readonly refuse: (reason: OAuthError) => void;
}

/** Those who wait, by lane; the first lane is next, and goes to the end once it had its turn. */
type Lanes = Map<string, Job[]>;

const known: Lanes = new Map();
const strangers: Lanes = new Map();
let waiting = 0;
let inFlight = 0;
let turn = 0;

/** Runs `hash` as soon as there is room; rejects with a 503 where too many wait already. */
export function queueHash<T>(caller: Caller, hash: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const run = (): void => {
      inFlight += 1;
      hash().then(resolve, reject).finally(release);
    };
    const job = { since: performance.now(), run, refuse: reject };
    if (inFlight < IN_FLIGHT) run();
    else if (waiting < QUEUE || displace(caller)) line(job, caller);
    else job.refuse(tooMany());
  });
}

function line(job: Job, caller: Caller): void {
  const lanes = caller.known ? known : strangers;
  const lane = lanes.get(caller.lane);
  if (lane) lane.push(job);
  else lanes.set(caller.lane, [job]);
  waiting += 1;
}

/** Makes room at the end of the longest lane of strangers, for someone known or for a stranger who waits behind fewer. */
function displace({ lane, known: isKnown }: Caller): boolean {
  let longest: Job[] = [];
  for (const jobs of strangers.values()) if (jobs.length > longest.length) longest = jobs;
  const ahead = isKnown ? 0 : (strangers.get(lane)?.length ?? 0) + 1;
  if (longest.length <= ahead) return false;
  waiting -= 1;
  longest.pop()?.refuse(tooMany());
  return true;
}

function release(): void {
  inFlight -= 1;
  for (let job = next(); job !== undefined; job = next()) {
    if (performance.now() - job.since < PATIENCE) {
      job.run();
      return;
    }
    job.refuse(tooMany());
  }
}

function next(): Job | undefined {
  turn = (turn + 1) % TURN_OF_STRANGERS;
  return turn === 0 ? shift(strangers) ?? shift(known) : shift(known) ?? shift(strangers);
}

function shift(lanes: Lanes): Job | undefined {
  for (const [name, jobs] of lanes) {
    const job = jobs.shift();
    lanes.delete(name);
    if (jobs.length > 0) lanes.set(name, jobs);
    if (job === undefined) continue;
    waiting -= 1;
    return job;
  }
  return undefined;
}

let reportedAt = -Infinity;

/** The operator hears of it once a second, however many are refused. */
function tooMany(): OAuthError {
  const refusal = unavailable(new Error('too many password hashes are waiting'), RETRY_AFTER);
  const { code, description = '' } = refusal;
  if (performance.now() - reportedAt < 1000) return new OAuthError(code, description, { retryAfter: RETRY_AFTER });
  reportedAt = performance.now();
  return refusal;
}
