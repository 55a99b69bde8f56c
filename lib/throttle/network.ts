import { isIP, isIPv4 } from 'node:net';

/** One bucket for all whose address is not known, or is no address: a forwarded header may hold any text. */
const NOWHERE = 'nowhere';
/** Some gateways forward the port with the address. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/;

/**
 * Who an address stands for when failures are counted: an IPv4 address itself, also where it comes mapped into IPv6
 * (RFC 4291 §2.5.5.2); an IPv6 address its /64, out of which one machine may take any address it likes.
 */
export function networkOf(address = ''): string {
  const found = WITH_PORT.exec(address);
  const bare = found?.[1] ?? found?.[2] ?? address;
  if (isIPv4(bare)) return bare;
  return isIP(bare) === 6 ? network6(bare) : NOWHERE;
}

function network6(address: string): string {
  const groups = groupsOf(address.replace(/%.*/, ''));
  if (holdsIPv4(groups)) return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join('.');
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`;
}

/** Mapped (RFC 4291 §2.5.5.2), or come through a translator (RFC 6052 §2.1), where all of IPv4 would be one /64. */
const PREFIXES: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];
const holdsIPv4 = (groups: readonly number[]): boolean => PREFIXES.some((prefix) => prefix.every((group, at) => groups[at] === group));

function groupsOf(address: string): readonly number[] {
  const [left = [], right = []] = address.split('::').map(readGroups);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function readGroups(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const bytes = Buffer.from(group.split('.').map(Number));
    return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
  });
}
