import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** As `code` of the error for a name that stands for addresses of a private network alone. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

/** Ranges that are not reached over the public internet (IANA's registries of special-purpose addresses). */
const RANGES: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  // IPv4 in other clothes: translated, tunnelled.
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

function ranges(): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of RANGES) list.addSubnet(network, prefix, family);
  return list;
}

/** Tells addresses of the public internet from those of private networks, this machine, and clouds' metadata services. */
export class PublicAddresses {
  readonly #others = ranges();

  /** IPv4-mapped IPv6 is judged by the IPv4 address in it. */
  includes(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && !this.#others.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }

  /** False only for a host that is written as an address of a private network; a name is judged when it is looked up. */
  mayName(host: string): boolean {
    const bare = host.replace(/^\[|\]$/g, '');
    return isIP(bare) === 0 || this.includes(bare);
  }

  /**
   * Looks names up as the system does, and gives the public addresses alone: the connection goes to one of these, so a name
   * that stands for another address a moment later gains nothing.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const found = addresses.filter(({ address }) => this.includes(address));
      const [first] = found;
      if (first === undefined) {
        const refused = Object.assign(new Error(`${hostname} stands for a private address`), { code: PRIVATE_ADDRESS });
        return callback(refused, '', 0);
      }
      if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
