import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { InputError } from '../errors.js';

/** Addresses that belong to this machine or its network: loopback, private, link-local, shared, unspecified. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6');

/** Whether an address belongs to this machine or its network; a name does not say. */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Looks a name up as Node does, and refuses one that stands for an address of this machine or its network. */
export const lookupOutside: LookupFunction = (hostname, options, done) => {
  lookup(hostname, options, (error, address, family) => {
    const found = typeof address === 'string' ? [{ address }] : (address ?? []);
    const inside = error ? undefined : found.find((one) => isPrivate(one.address));
    const refused =
      inside && new InputError(`${hostname} stands for ${inside.address}, in the own network: refused`);
    done(error ?? refused ?? null, address, family);
  });
};
