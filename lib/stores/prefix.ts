/** Checks what will stand in SQL as it is. A schema may stand before the names: `auth.oauth_`. */
export function tablePrefix(store: string, prefix: string): string {
  if (/^(?:[a-z_][a-z0-9_]{0,40}\.)?[a-z_][a-z0-9_]{0,30}$/.test(prefix)) return prefix;
  throw new TypeError(`${store}: prefix ${JSON.stringify(prefix)} must be lower-case letters, digits and _, perhaps after a schema and a dot`);
}
