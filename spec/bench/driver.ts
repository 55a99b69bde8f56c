// The process that sends the requests, and looks at every answer.
import { performance } from 'node:perf_hooks';
import { connect, type Connection } from './connection';
import type { Load } from './row';
import { memberOf, toBytes } from './wire';

export type DriverCommand =
  | { readonly do: 'open'; readonly row: string; readonly port: number; readonly load: Load; readonly connections: number }
  | { readonly do: 'run'; readonly milliseconds: number }
  | { readonly do: 'close' };

export interface DriverReport {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The driver's own share of the time: near 1 it is the driver that was measured. */
  readonly busy: number;
  readonly failure?: string;
}

const latencies = new Float64Array(4_000_000);
/** What the connections of a row send next, kept from run to run. */
const chains = new Map<string, string[]>();

let start: (() => void)[] = [];
let connections: Connection[] = [];
let counted = 0;
let underWay = 0;
let running = false;
let failure: string | undefined;
let ended: () => void = () => undefined;

async function open({ row, port, load, connections: count }: DriverCommand & { do: 'open' }): Promise<void> {
  const requests = load.requests.map((request) => (load.chain ? Buffer.alloc(0) : toBytes(request)));
  const chain = load.chain && (chains.get(row) ?? [...load.chain.first]);
  if (chain) chains.set(row, chain);
  failure = undefined;
  const each = Array.from({ length: count }, (_, index) => startConnection({ port, load, requests, chain, index, count }));
  await Promise.all(each);
}

interface Place {
  readonly port: number;
  readonly load: Load;
  readonly requests: readonly Buffer[];
  readonly chain: string[] | undefined;
  readonly index: number;
  readonly count: number;
}

async function startConnection({ port, load, requests, chain, index, count }: Place): Promise<void> {
  const expected = Buffer.from(load.expect);
  const [template] = load.requests;
  let turn = Math.floor((requests.length / count) * index);
  let sent = 0;
  const send = (): void => {
    const request = chain && template ? toBytes(template, chain[index]) : requests[turn];
    turn = turn + 1 < requests.length ? turn + 1 : 0;
    sent = performance.now();
    if (request) connection.send(request);
  };
  const answered = (bytes: Buffer): void => {
    latencies[counted++] = performance.now() - sent;
    // "HTTP/1.1 2..", then what it must hold.
    if (bytes[9] !== 0x32 || !bytes.includes(expected)) failure ??= bytes.toString('utf8', 0, 2000);
    else if (chain && load.chain) chain[index] = memberOf(bytes, load.chain.member);
    if (running && failure === undefined) send();
    else if (--underWay === 0) ended();
  };
  const failed = (error: Error): void => {
    failure ??= error.message;
    ended();
  };
  const connection = await connect(port, { answered, failed });
  connections.push(connection);
  start.push(send);
}

async function run(milliseconds: number): Promise<DriverReport> {
  const loop = performance.eventLoopUtilization();
  const began = performance.now();
  counted = 0;
  if (failure !== undefined) throw new Error(failure);
  underWay = start.length;
  running = true;
  const end = new Promise<void>((resolve) => { ended = resolve; });
  start.forEach((send) => { send(); });
  setTimeout(() => { running = false; }, milliseconds);
  await end;
  const seconds = (performance.now() - began) / 1000;
  const busy = performance.eventLoopUtilization(loop).utilization;
  const sorted = latencies.slice(0, counted).sort();
  const at = (share: number): number => sorted[Math.min(counted - 1, Math.floor(counted * share))] ?? NaN;
  return { requests: counted, seconds, p50: at(0.5), p99: at(0.99), busy, ...(failure === undefined ? {} : { failure }) };
}

function close(): void {
  connections.forEach((connection) => { connection.close(); });
  connections = [];
  start = [];
}

async function obey(command: DriverCommand): Promise<DriverReport | undefined> {
  if (command.do === 'run') return run(command.milliseconds);
  if (command.do === 'open') await open(command);
  else close();
  return undefined;
}

process.on('message', (command: DriverCommand) => {
  obey(command).then(
    (report) => process.send?.(report ?? {}),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => { process.exit(); });
