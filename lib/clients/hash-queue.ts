import { availableParallelism } from 'node:os';
import { unavailable } from '../errors';

/**
 * One slow hash keeps a core and a thread of libuv's pool busy for a quarter of a second. Fewer in flight than there are
 * cores and threads, so that requests and file reads still get their turn; past the queue the client is told to come back.
 */
const poolSize = Number(process.env.UV_THREADPOOL_SIZE) || 4;
const IN_FLIGHT = Math.max(1, Math.min(availableParallelism(), poolSize) - 1);
const QUEUE = 32 * IN_FLIGHT;

type Job = () => void;
const waiting: Job[] = [];
let inFlight = 0;

/** Runs `hash` as soon as there is room; refuses with 503 where too many wait already. */
export function queueHash<T>(hash: () => Promise<T>): Promise<T> {
  if (waiting.length >= QUEUE) return Promise.reject(unavailable(new Error('too many password hashes are waiting'), 2));
  return new Promise((resolve, reject) => {
    const run = (): void => {
      inFlight += 1;
      hash().then(resolve, reject).finally(release);
    };
    if (inFlight < IN_FLIGHT) run();
    else waiting.push(run);
  });
}

function release(): void {
  inFlight -= 1;
  waiting.shift()?.();
}
