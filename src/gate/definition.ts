import { z } from 'zod';
import { KINDS, type KindName } from '../datasets/kinds.js';
import type { AnyFamily } from '../evaluation/families/family.js';
import { FAMILIES } from '../evaluation/families/table.js';
import { differences } from '../experiment/differences.js';
import { sortKeys } from './json.js';

/** A definition record, as far as a gate must understand it. */
export const definitionSchema = z.looseObject({
  networks: z.array(z.looseObject({ name: z.string() })),
  dataset: z.looseObject({ type: z.enum(Object.keys(KINDS) as KindName[]) }),
  images: z.looseObject({}),
  methods: z.record(z.string(), z.unknown()),
  ...Object.fromEntries(FAMILIES.map(({ key }) => [key, z.looseObject({}).optional()])),
});
export type Definition = z.infer<typeof definitionSchema>;

/** Keys of a network that say what was learned, not how it is measured: what a gate judges. */
const LEARNED = ['hash', 'parameters'];

/**
 * Says at which places the definitions of a baseline and of a run differ, as "key: old -> new". What must not differ is
 * everything that the measured quantity depends on. What may:
 * - what is judged: operators and weights of the networks ({@link changedNetworks}), though not their inputs and classes;
 * - every `seed`: numbers change only by chance, which is what the intervals are for;
 * - `statistics`, `engine` and `decoder`: how the numbers are judged, and by which release of a library they are made;
 * - which images were drawn (`limit` and `hash` of the data set): images are paired one by one, each known by its score,
 *   unless a network has changed and scores with it;
 * - networks and methods that only one of the two has: those of the baseline are listed as missing.
 */
export function definitionDifferences(baseline: Definition, run: Definition): string[] {
  const drawn = changedNetworks(baseline, run).size > 0 ? [] : ['limit', 'hash'];
  const [before, after] = [comparable(baseline, drawn), comparable(run, drawn)];
  return differences(
    {
      ...before,
      networks: within(before.networks, after.networks),
      methods: within(before.methods, after.methods),
    },
    {
      ...after,
      networks: within(after.networks, before.networks),
      methods: within(after.methods, before.methods),
    },
  );
}

/** By name: the networks of both definitions that have learned something else, and where they differ. */
export function changedNetworks(baseline: Definition, run: Definition): Map<string, string[]> {
  const learned = (network: Record<string, unknown>) =>
    Object.fromEntries(LEARNED.map((key) => [key, network[key]]));
  return new Map(
    run.networks.flatMap((network) => {
      const before = baseline.networks.find(({ name }) => name === network.name);
      const changes = before ? differences(learned(before), learned(network)) : [];
      return changes.length > 0 ? [[network.name, changes] as const] : [];
    }),
  );
}

interface Comparable extends Record<string, unknown> {
  networks: Record<string, unknown>;
  methods: Record<string, unknown>;
}

function comparable(definition: Definition, drawn: readonly string[]): Comparable {
  const { dataset, images, networks } = definition;
  const parts = {
    ...without(definition, 'statistics', 'engine'),
    dataset: without(dataset, ...drawn),
    images: without(images, 'decoder'),
    networks: Object.fromEntries(networks.map((network) => [network.name, without(network, ...LEARNED)])),
    ...Object.fromEntries(
      FAMILIES.flatMap(({ key, derived = [] }: AnyFamily) => {
        const measured = definition[key] as Record<string, unknown> | undefined;
        return measured ? [[key, without(measured, ...derived)]] : [];
      }),
    ),
  };
  return sortKeys(withoutSeeds(parts)) as Comparable;
}

function without(record: Record<string, unknown>, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

/** The entries whose keys the other record has, too. */
function within(record: Record<string, unknown>, other: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => Object.hasOwn(other, key)));
}

function withoutSeeds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSeeds);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(without(value as Record<string, unknown>, 'seed'));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutSeeds(item)]));
}
