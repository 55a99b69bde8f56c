import type { Awaitable } from '../awaitable';

/**
 * Calls `work` every `rest` milliseconds, and after `breath` already while it answers that there is more to do.
 * Its timer lets the process end. When it fails nobody is told: what it left will be there the next time.
 */
export function inBackground(work: () => Awaitable<boolean>, rest: number, breath: number): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (more: boolean): void => {
    if (!stopped) timer = setTimeout(run, more ? breath : rest).unref();
  };
  const run = (): void => {
    void Promise.resolve()
      .then(work)
      .then(schedule, () => { schedule(false); });
  };
  schedule(false);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
