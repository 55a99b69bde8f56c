import { startServer, type ExpressMajor, type StartOptions, type TestServer } from './app';

export const MAJORS: readonly ExpressMajor[] = [4, 5];

const running: TestServer[] = [];

/** `startServer` for a test: what it starts is closed when the test is over. */
export async function serve(options: StartOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});
