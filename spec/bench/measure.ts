import type { DriverReport } from './driver';
import { startChild, type Child } from './child';
import type { Usage } from './host';
import { CONNECTIONS, type Load, type Row } from './row';

/** A row with its server up. */
export interface Running {
  readonly row: Row;
  /** Of the server: what its answers hold is nothing to another of the same row. */
  readonly name: string;
  readonly server: Child;
  readonly port: number;
  readonly load: Load | undefined;
}

export interface Sample {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds a request: of the main thread, and of all threads. */
  readonly main: number;
  readonly all: number;
  /** The driver's share of the time. */
  readonly busy: number;
}

/** How long a server is kept busy before it counts: so many requests, or so many turns of half a second if it is slow. */
export interface WarmUp {
  readonly requests: number;
  readonly turns: number;
}

export async function startRow(row: Row): Promise<Running> {
  const server = startChild('host.js', [JSON.stringify(row.server)], row.server.env);
  const { url } = await server.ask<{ readonly url?: string }>({});
  return { row, name: `${row.name} ${url ?? ''}`, server, port: url === undefined ? 0 : Number(new URL(url).port), load: url === undefined ? undefined : await row.load?.(url) };
}

/** Lets it answer until V8 has optimised it. */
export async function warm(running: Running, driver: Child, { requests, turns }: WarmUp): Promise<void> {
  for (let turn = 0, done = 0; turn < turns && done < requests; turn += 1) done += (await sample(running, driver, 500)).perSecond / 2;
}

const SETTLE = 150;

/** One turn of load on one server. Throws with the answer that was not what it had to be. */
export async function sample({ row, name, server, port, load }: Running, driver: Child, milliseconds: number): Promise<Sample> {
  const run = (time: number): Promise<DriverReport> => (load ? driver.ask({ do: 'run', milliseconds: time }) : server.ask({ milliseconds: time }));
  try {
    if (load) await driver.ask({ do: 'open', row: name, port, load, connections: CONNECTIONS });
    await run(SETTLE);
    const before = await server.ask<Usage>({});
    const { requests, seconds, p50, p99, busy } = await run(milliseconds);
    const after = await server.ask<Usage>({});
    if (load) await driver.ask({ do: 'close' });
    return { perSecond: requests / seconds, p50, p99, busy, main: (after.main - before.main) / requests, all: (after.all - before.all) / requests };
  } catch (cause) {
    throw new Error(`the row ${JSON.stringify(row.name)} failed: ${String(cause)}`, { cause });
  }
}
