// One process of an app: the token endpoint on a shared store. It tells its parent the URL, and runs until it is killed.
import { startServer } from '../app';
import { openStore, type Shared } from './open';

const { TEST_STORE = '', TEST_REUSE_WINDOW = '10', TEST_SECRET = '' } = process.env;

async function main(): Promise<void> {
  const { store } = await openStore(TEST_STORE as Shared);
  const server = await startServer({
    oauth: {
      store,
      timeout: 3,
      keys: [{ alg: 'HS256', secret: TEST_SECRET }],
      refreshToken: { reuseWindow: Number(TEST_REUSE_WINDOW) },
      // A spec that takes an engine away has hundreds of faults, all of them expected.
      onEvent: () => undefined,
    },
  });
  process.send?.(server.url);
}

process.on('disconnect', () => { process.exit(); });
void main();
