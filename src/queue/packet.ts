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
  /** The line of the journal. */
  readonly result: Inline | OnDisk | { readonly error: string };
  /** Files of heatmaps in one line, see {@link HeatmapFiles}. */
  readonly files?: Inline | OnDisk;
}

/** Files of heatmaps (base64) by their path below the folder of heatmaps. */
export type HeatmapFiles = Readonly<Record<string, string>>;

/** A line itself. */
export interface Inline {
  readonly line: string;
}

/** Where a line lies in the worker's own journal on the shared disk. */
export interface OnDisk {
  readonly offset: number;
  readonly length: number;
}

/** Units of a chunk that a worker does not do: it leaves, or they shall be tried alone. */
export interface GivenBack {
  readonly chunk: string;
  readonly keys: readonly string[];
  readonly alone: boolean;
}

/** Bytes: the most that a packet holds, and how many are unpacked at a time. */
const MOST = 2 ** 29;
const PIECE = 2 ** 18;

/** A packet as it stands in the stream: JSON, and the lines of its results below it as they are. */
export async function encodePacket(packet: Packet): Promise<Buffer> {
  const lines: string[] = [];
  const apart = withLines(packet, (line) => {
    lines.push(line);
    return '';
  });
  const text = [JSON.stringify(apart), ...lines].join('\n');
  return promisify(gzip)(text, { level: constants.Z_BEST_SPEED });
}

/** @throws for what is no packet */
export async function decodePacket(bytes: Buffer): Promise<Packet> {
  const text = (await promisify(gunzip)(bytes, { chunkSize: PIECE, maxOutputLength: MOST })).toString('utf8');
  const [head = '', ...lines] = text.split('\n');
  let next = 0;
  return withLines(JSON.parse(head), () => lines[next++] ?? '');
}

/** The packet with other lines in the place of its own. */
function withLines(packet: Packet, change: (line: string) => string): Packet {
  if (packet.kind !== 'results') return packet;
  const changed = <Part extends object>(part: Part) =>
    'line' in part ? { ...part, line: change(String(part.line)) } : part;
  const results = packet.results.map(({ result, files, ...sent }): Sent => {
    return { ...sent, result: changed(result), ...(files && { files: changed(files) }) };
  });
  return { ...packet, results };
}
