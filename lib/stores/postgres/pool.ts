/** What the store needs of a driver: a `pg` Pool has it, and whatever else answers a statement with its rows. */
export interface PostgresPool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: unknown[] }>;
}
