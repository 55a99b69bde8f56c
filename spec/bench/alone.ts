import { performance } from 'node:perf_hooks';
import type { DriverReport } from './driver';
import { CONNECTIONS } from './row';

/** One piece of work, on behalf of one of the connections there would be. */
export type Call = (connection: number) => Promise<unknown>;

/** Keeps as many calls under way as a server would get requests, and nothing else. */
export async function runAlone(call: Call, milliseconds: number): Promise<DriverReport> {
  const began = performance.now();
  const latencies: number[] = [];
  const isOver = (): boolean => performance.now() > began + milliseconds;
  const work = async (connection: number): Promise<void> => {
    while (!isOver()) {
      const sent = performance.now();
      await call(connection);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => work(connection)));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? NaN;
  return { requests: latencies.length, seconds, p50: at(0.5), p99: at(0.99), busy: 0 };
}
