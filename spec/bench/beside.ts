import { startChild, type Child } from './child';
import type { DriverReport } from './driver';
import { CONNECTIONS } from './row';
import { credentials, ours, seen } from './rows/ours';

const MILLISECONDS = 3000;

/** What a protected route's answer takes for one client at a time, alone and beside as many token requests as the process can answer. */
export async function measureBeside(): Promise<string> {
  const lines = ['| a protected route, one request at a time | p50 ms | p99 ms |', '|---|--:|--:|'];
  const [tokens, probe] = [startChild('driver.js'), startChild('driver.js')];
  for (const alg of ['HS256', 'ES256', 'RS256'] as const) {
    const server = startChild('host.js', [JSON.stringify(ours(alg))]);
    const { url } = await server.ask<{ readonly url: string }>({});
    const port = Number(new URL(url).port);
    await tokens.ask({ do: 'open', row: alg, port, load: credentials(), connections: CONNECTIONS });
    await run(tokens);
    await probe.ask({ do: 'open', row: alg, port, load: seen(alg)(), connections: 1 });
    await run(probe);
    const alone = await run(probe);
    // Opened anew: what has been idle for five seconds the server has closed.
    await tokens.ask({ do: 'close' });
    await tokens.ask({ do: 'open', row: alg, port, load: credentials(), connections: CONNECTIONS });
    const [beside] = await Promise.all([run(probe), run(tokens)]);
    for (const [name, { p50, p99 }] of [['alone', alone], [`beside ${alg} tokens from ${String(CONNECTIONS)} clients`, beside]] as const) {
      lines.push(`| ${alg}, ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`);
    }
    for (const driver of [tokens, probe]) await driver.ask({ do: 'close' });
    server.stop();
  }
  for (const driver of [tokens, probe]) driver.stop();
  return lines.join('\n');
}

const run = (driver: Child): Promise<DriverReport> => driver.ask<DriverReport>({ do: 'run', milliseconds: MILLISECONDS });
