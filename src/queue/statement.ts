import sharp from 'sharp';
import type { Evaluate } from '../evaluation/job.js';
import type { RunRecord } from '../experiment/definition.js';
import { differences } from '../experiment/differences.js';
import { changes } from '../results/directory.js';

/** What a machine that wants to take part says of itself. */
export interface Statement {
  readonly host: string;
  readonly threads: number;
  /** What it would measure: version, definition with digests of networks and data, engine; and its processor. */
  readonly record: RunRecord;
  /** Versions of the libraries that decode images. */
  readonly codecs: Codecs;
  /** Checksums of the canaries as it computes them, in their order. */
  readonly canaries: readonly string[];
}

export type Codecs = Readonly<Record<string, string>>;

/** Units that every machine computes before it takes part, and what they are: the checksums of their lines in the journal. */
export interface Canaries {
  readonly jobs: readonly Evaluate[];
  readonly checksums: readonly string[];
}

/** What a run at a queue asks of those who take part. */
export interface Asked {
  readonly record: RunRecord;
  readonly codecs: Codecs;
  readonly canaries: Canaries;
}

export function codecsHere(): Codecs {
  return { ...(sharp.versions as Codecs) };
}

/** Why a machine would measure something else, as "what: the run's -> its own". */
export function otherMeasurement(asked: Pick<Asked, 'record'>, own: Pick<Statement, 'record'>): string[] {
  return changes(asked.record, own.record);
}

/** How machines take part that are refused only for {@link otherBits}. */
export const ALLOWED = 'run --mixed-machines lets it take part, with --engine wasm all compute the same bits';

/** Why a machine would measure the same with other bits; this can be allowed. */
export function otherBits(asked: Asked, own: Pick<Statement, 'record' | 'codecs' | 'canaries'>): string[] {
  const [one, other] = [asked.record.machine.processor, own.record.machine.processor];
  const unequal = asked.canaries.jobs.flatMap(({ key }, i) =>
    asked.canaries.checksums[i] === own.canaries[i]
      ? []
      : [`other bits for ${key}: ${one} -> ${one === other ? `other kernels of ${other}` : other}`],
  );
  return [...differences(asked.codecs, own.codecs), ...unequal];
}
