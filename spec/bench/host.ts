// A server of the bench in its own process: `node host.js <plan as JSON>`. Answers each message with its URL and what it has used;
// or what runs alone, which answers with what it has done.
import { readFileSync } from 'node:fs';
import http, { type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import type { Express } from 'express';
import { createServer } from '../../lib/server';
import { runAlone, type Call } from './alone';
import type { ServerPlan } from './row';

/** What the process has used since it began. */
export interface Usage {
  /** CPU time of the main thread alone, and of all threads, in microseconds. */
  readonly main: number;
  readonly all: number;
  readonly rss: number;
  readonly heap: number;
  /** How many of each kind the process holds open: timers, sockets. */
  readonly resources: Readonly<Record<string, number>>;
}

type Make<T> = (config: object | undefined) => T | Promise<T>;

const { module: file, config, born = false, alone = false } = JSON.parse(process.argv[2] ?? '{}') as ServerPlan;

/** Linux tells the time of one thread; elsewhere the loop's busy time stands for it. */
function mainThread(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'latin1').split(' ')[0]) / 1000;
  } catch {
    return performance.eventLoopUtilization().active * 1000;
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return { main: mainThread(), all: user + system, rss, heap: heapUsed, resources };
}

async function load<T>(): Promise<T> {
  const loaded = (await import(pathToFileURL(path.resolve(__dirname, file)).href)) as { default: Make<T> | { default: Make<T> } };
  const make = typeof loaded.default === 'function' ? loaded.default : loaded.default.default;
  return make(config);
}

async function listen(): Promise<string> {
  const listener = await load<RequestListener>();
  const server: Server = born ? createServer(listener as Express) : http.createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    });
  });
}

interface Message {
  readonly collect?: boolean;
  readonly milliseconds?: number;
}

const listening = alone ? undefined : listen();
const call = alone ? load<Call>() : undefined;

async function answer({ collect = false, milliseconds }: Message): Promise<object> {
  if (collect) globalThis.gc?.();
  if (call && milliseconds !== undefined) return runAlone(await call, milliseconds);
  await call;
  return { url: await listening, ...usage() };
}

process.on('message', (message: Message) => {
  answer(message).then(
    (answered) => process.send?.(answered),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => { process.exit(); });
