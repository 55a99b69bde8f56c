// The program of `watch`: a server in a process of its own, whose output and memory its parent looks through.
import { inspect } from 'node:util';
import { writeHeapSnapshot } from 'node:v8';
import { startServer } from '../app';
import { storeAround } from '../store';

export type Order = { readonly heapTo: string } | { readonly breakStore: boolean } | 'inspect';

let broken = false;
const store = storeAround((_verb, call) => {
  if (broken) throw new Error('the store is broken');
  return call();
});

async function obey(order: Order, oauth: object): Promise<unknown> {
  if (order === 'inspect') return inspect([oauth, store], { depth: 10, showHidden: true, maxArrayLength: null });
  if ('breakStore' in order) {
    broken = order.breakStore;
    return 'done';
  }
  // What is only waiting to be collected is not kept.
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  writeHeapSnapshot(order.heapTo);
  return 'done';
}

async function main(): Promise<void> {
  // Without onEvent, so that faults go where they go by themselves.
  const { url, oauth } = await startServer({
    oauth: { accessToken: { format: process.argv[2] === 'jwt' ? 'jwt' : 'opaque' }, store, onEvent: undefined },
    routes: (app, { requireBearer }) => app.get('/quiet', requireBearer('a'), (_req, res) => { res.json({}); }),
  });
  process.on('message', (order: Order) => {
    void obey(order, oauth).then((answer) => process.send?.({ answer }));
  });
  process.send?.({ answer: url });
}

void main();
