/** What globalSetup leaves in the environment; each may also be set by hand to test against an engine of your own. */
export const variables = {
  postgres: 'TEST_PG_URL',
  redis: 'TEST_REDIS_URL',
  redisCluster: 'TEST_REDIS_CLUSTER_URLS',
} as const;

export type EngineName = keyof typeof variables;

/** The URL of a running engine, for specs. The cluster's are separated by commas: see `clusterUrls`. */
export function engineUrl(name: EngineName): string {
  const url = process.env[variables[name]];
  if (url === undefined || url === '') {
    throw new Error(
      `No ${name} in this run. Engines start by themselves for specs under spec/contracts, spec/flows/stores, spec/properties and spec/security; ` +
        `elsewhere run jest with ENGINES=1, or set ${variables[name]}.`,
    );
  }
  return url;
}

export const clusterUrls = (): readonly string[] => engineUrl('redisCluster').split(',');
