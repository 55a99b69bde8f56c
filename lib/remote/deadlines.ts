/** Work outside of this process, each piece with a signal that ends it after the timeout or when the resource server is closed. */
export interface Deadlines {
  within<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): void;
}

export function createDeadlines(seconds: number): Deadlines {
  const open = new Set<AbortController>();
  let closed = false;
  return {
    async within(what, work) {
      if (closed) throw new Error('the resource server was closed');
      const controller = new AbortController();
      const { signal } = controller;
      const timer = setTimeout(() => {
        controller.abort(new Error(`${what} gave no answer within ${String(seconds)} s (option timeout)`));
      }, seconds * 1000);
      open.add(controller);
      try {
        return await Promise.race([work(signal), rejectionOf(signal)]);
      } finally {
        clearTimeout(timer);
        open.delete(controller);
      }
    },
    close() {
      closed = true;
      for (const controller of open) controller.abort(new Error('the resource server was closed'));
    },
  };
}

/** Holds even where the work does not listen to its signal. */
const rejectionOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
