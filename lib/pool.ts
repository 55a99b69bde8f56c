/** Threads of libuv's pool. File reads and name lookups need them too, and stand in one line with all else that is given to it. */
export const POOL_SIZE: number = Number(process.env.UV_THREADPOOL_SIZE) || 4;

/** Lets so many pieces of work run at a time; the others wait for one to end, in the order of their coming. */
export function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  return async (work) => {
    if (inside < most) inside += 1;
    else await new Promise<void>((resolve) => { waiting.push(resolve); });
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
