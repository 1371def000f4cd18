import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { Statement } from './statement.js';

/** What a worker tells the coordinator. */
export type Packet = { readonly worker: string } & (
  | { readonly kind: 'join'; readonly statement: Statement }
  | { readonly kind: 'leave'; readonly reason: string }
  | { readonly kind: 'results'; readonly results: readonly Sent[]; readonly back: readonly GivenBack[] }
);

/** What became of a unit of a chunk. */
export interface Sent {
  readonly key: string;
  readonly chunk: string;
  readonly seconds: number;
  readonly result: Inline | OnDisk | { readonly error: string };
}

/** The line of the journal itself, and files of heatmaps (base64) by their path below the folder of heatmaps. */
export interface Inline {
  readonly line: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Where the line lies in the worker's own journal, and the paths of files of heatmaps below a folder beside it. */
export interface OnDisk {
  readonly offset: number;
  readonly length: number;
  readonly folder: string;
  readonly files: readonly string[];
}

/** Units of a chunk that a worker does not do: it leaves, or they shall be tried alone. */
export interface GivenBack {
  readonly chunk: string;
  readonly keys: readonly string[];
  readonly alone: boolean;
}

/** Bytes. */
const MOST = 2 ** 29;

/** A packet as it stands in the stream. */
export async function encodePacket(packet: Packet): Promise<Buffer> {
  return promisify(gzip)(JSON.stringify(packet), { level: constants.Z_BEST_SPEED });
}

/** @throws for what is no packet */
export async function decodePacket(bytes: Buffer): Promise<Packet> {
  return JSON.parse((await promisify(gunzip)(bytes, { maxOutputLength: MOST })).toString('utf8'));
}
