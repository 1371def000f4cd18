import { findChannels } from '../../../datasets/signals/channels.js';
import { mismatch } from '../../../errors.js';
import type { InputLayout } from '../../../input/layout.js';
import { requireChannels } from '../channels/require.js';
import type { NamedNetwork } from '../family.js';
import type { Groups } from './config.js';

/** A group with the rows of its channels in the input. */
export interface GroupRows {
  readonly name: string;
  readonly rows: readonly number[];
}

/** The rows of every group. @throws InputError for a channel that the signals do not have, or one that stands twice */
export function rowsOfGroups(groups: Groups, { signal }: InputLayout): GroupRows[] {
  return Object.entries(groups).map(([name, channels]) => {
    const rows = findChannels(channels, signal?.names ?? [], `groups.${name}`);
    const twice = channels.find((_, i) => rows.indexOf(rows[i] as number) !== i);
    if (twice === undefined) return { name, rows };
    throw mismatch({
      what: 'channels',
      where: `groups.${name}`,
      expected: 'each once',
      got: `'${twice}' twice`,
    });
  });
}

/** 1 for the places of some rows, 0 for the others. */
export function maskOfRows(rows: readonly number[], { columns, places }: InputLayout): Uint8Array {
  const mask = new Uint8Array(places);
  for (const row of rows) mask.fill(1, row * columns, (row + 1) * columns);
  return mask;
}

/** @throws InputError where the inputs of a network have no channels that are told apart, or others */
export function checkGroups(groups: Groups, networks: readonly NamedNetwork[]): void {
  requireChannels('groups', networks);
  for (const { network } of networks) rowsOfGroups(groups, network.layout);
}
