// A server of the bench in its own process: `node host.js <plan as JSON>`. Answers `url` once, then each message with what it has used.
import { readFileSync } from 'node:fs';
import http, { type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import type { Express } from 'express';
import { createServer } from '../../lib/server';
import type { ServerPlan } from './row';

/** What the process has used since it began. */
export interface Usage {
  /** CPU time of the main thread alone, and of all threads, in microseconds. */
  readonly main: number;
  readonly all: number;
  readonly loop: EventLoopUtilization;
  readonly rss: number;
  readonly heap: number;
  readonly handles: number;
}

type Make = (config: object | undefined) => RequestListener | Promise<RequestListener>;

const { module: file, config, born = false } = JSON.parse(process.argv[2] ?? '{}') as ServerPlan;

/** Linux tells the time of one thread; elsewhere the loop's busy time stands for it. */
function mainThread(loop: EventLoopUtilization): number {
  try {
    return Number(readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'latin1').split(' ')[0]) / 1000;
  } catch {
    return loop.active * 1000;
  }
}

function usage(): Usage {
  const loop = performance.eventLoopUtilization();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { main: mainThread(loop), all: user + system, loop, rss, heap: heapUsed, handles: process.getActiveResourcesInfo().length };
}

async function listen(): Promise<string> {
  const loaded = (await import(pathToFileURL(path.resolve(__dirname, file)).href)) as { default: Make | { default: Make } };
  const make = typeof loaded.default === 'function' ? loaded.default : loaded.default.default;
  const listener = await make(config);
  const server: Server = born ? createServer(listener as Express) : http.createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    });
  });
}

const listening = listen();

process.on('message', (message: { readonly collect?: boolean }) => {
  if (message.collect === true) globalThis.gc?.();
  listening.then(
    (url) => process.send?.({ url, ...usage() }),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => { process.exit(); });
