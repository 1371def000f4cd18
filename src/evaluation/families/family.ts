import type { z } from 'zod';
import type { CsvRow } from '../../files/csv.js';
import type { Network } from '../../import/network.js';
import type { Called } from '../../input/called.js';
import type { Bootstrap, BootstrapOptions } from '../../metrics/bootstrap.js';
import type { Direction, MetricInfo } from '../../metrics/metric.js';
import type { CurveView, ReportFinding, ResultTable } from '../../report/html/data.js';
import type { BarChart, CurveChart } from '../../report/types.js';
import type { Asked, ConfigOf } from './asked.js';
import type { ExplainedClass } from './explained-class.js';
import type { Measures } from './measures.js';
import type { MethodKey, MethodRow, Row } from './rows.js';

/**
 * A family of measurements, as data: what it is called in an experiment, how it measures one explained class of one
 * image, and what becomes of its numbers. Everything that experiments, journals, result files, plots, report, terminal
 * and gate do with families they do with the list in table.ts; none knows a family by name.
 *
 * `Recorded` is what the journal keeps of an explanation, `Part` what tables and charts are made from, and `Sections`
 * what summary.json says, a list a key. A family is only handed configs that its schema has read, and records and parts
 * of its own.
 */
export interface Family<
  Key extends string,
  Schema extends z.ZodType,
  Recorded,
  Part,
  Sections extends AnySections,
  RecordKey extends string = Key,
> {
  /** Its key in an experiment: it is measured where there is a value that is not false. */
  readonly key: Key;
  readonly schema: Schema;
  /** Its key in an explanation's record. */
  readonly recordKey: RecordKey;
  /** What the record must be: journals are input. */
  readonly recorded: z.ZodType;
  /** The same for what it keeps of the image, by key. */
  readonly recordedOfImage?: Readonly<Record<string, z.ZodType>>;
  /** The numbers that it makes of an explanation, in the order of columns. */
  readonly metrics: readonly MetricInfo[];

  /** Which classes of an image it is measured on. */
  readonly classes: Classes<ConfigOf<Schema>>;
  /** On how many images it is measured, the first ones of a run; on all where there is no such number. */
  images?(config: ConfigOf<Schema>): number | undefined;
  /** Whether the data set's classes must be the network's outputs, in order. */
  needsClasses?(config: ConfigOf<Schema>): boolean;
  /** Whether the mean of the data set's inputs must be known. */
  needsMeanInput?(config: ConfigOf<Schema>): boolean;

  /** What is measured, in words and numbers, for the definition record. */
  describe(config: ConfigOf<Schema>, networks: readonly NamedNetwork[]): object;
  /** Keys of the description that follow from the rest, so that two runs may differ in them. */
  readonly derived?: readonly string[];
  /** @throws InputError where the config does not fit the networks or the rest of the experiment */
  check?(config: ConfigOf<Schema>, networks: readonly NamedNetwork[], asked: Asked): void;

  /** Measures one class of one image. */
  measure(explained: ExplainedClass, config: ConfigOf<Schema>): Promise<Measured<Recorded>>;
  /** Reads a record. */
  read(recorded: Recorded, beside: Beside<Recorded>): Part;

  /** The values of one explanation by metric, for the gate, which compares nothing of a family without. */
  values?(part: Part): Measures;
  /** Metrics that a summary of all families ranks methods by; all that say which end is better, where there is no list. */
  readonly ranked?: readonly string[];
  /** Metrics that the gate leaves out. */
  readonly ungated?: readonly string[];
  /** The keys of its sections, in the order of summary.json. */
  readonly sections: readonly string[];
  /** Its sections, from what all images gave. */
  summarise(found: Found<ConfigOf<Schema>, Part>): Sections;
  /** CSV files with a line or more an explanation. */
  readonly lists?: readonly ListFile<ConfigOf<Schema>, Recorded>[];
  /** CSV files with a section's rows. */
  readonly tables: readonly TableFile<ConfigOf<Schema>>[];

  /** Plots, and the curves and bars of the report. */
  figures?(found: Summarised<ConfigOf<Schema>, Part, Sections>): Figure[];
  /** What the report says of how it was measured, a sentence each. */
  words?(found: Found<ConfigOf<Schema>, Part>): string[];
  /** Tables of the report. */
  report?(found: Summarised<ConfigOf<Schema>, Part, Sections>): ReportTables;
  /** The table that a terminal shows; none without rows. */
  terminal?(sections: Sections): TerminalTable<TerminalRow>;
  /** What a terminal says besides, a line each. */
  notes?(sections: Sections, called: Called): string[];
}

/** A family of which no more is known than that it is one. */
export type AnyFamily = Family<string, z.ZodType, unknown, unknown, AnySections, string>;
export type AnySections = Readonly<Record<string, readonly unknown[]>>;

export interface NamedNetwork {
  readonly name: string;
  readonly network: Network;
}

/**
 * Which classes of an image a family is measured on: the one whose score is followed; the first that is explained; every
 * one that is explained for the sake of another family; or every one that is annotated, which are then explained.
 */
export type Classes<Config> =
  | 'followed'
  | 'first'
  | 'every'
  | { annotated(config: Config): AnnotatedClasses };

/** Which annotated classes of an image are explained. */
export interface AnnotatedClasses {
  /** Whether boxes marked difficult count. */
  readonly difficult: boolean;
  readonly targets: 'annotated' | 'annotated-and-predicted';
  /** What says where a class is: its boxes, or its mask. */
  readonly inside: 'boxes' | 'masks';
}

/** What was measured of one class: one record a method, in the order of the maps, and what holds for the image. */
export interface Measured<Recorded> {
  readonly explanations: readonly (Recorded | undefined)[];
  /** Kept once an image, beside its explanations. */
  readonly image?: Readonly<Record<string, unknown>>;
}

/** What stands beside a record in the journal. */
export interface Beside<Recorded> {
  /** The record of another method on the same class. */
  of(method: string): Recorded | undefined;
  readonly image: Readonly<Record<string, unknown>>;
}

/** What a run found of a family. */
export interface Found<Config, Part> {
  readonly config: Config;
  readonly rows: readonly Row<Part>[];
  readonly networks: readonly string[];
  readonly statistics: Statistics;
  /** What samples and their parts are called. */
  readonly called: Called;
  /** How a method is called in charts and tables: with its network where there are several. */
  label(row: MethodKey): string;
  /** What the score of a network is: its logit or probability; of a network of one output, what that is called. */
  scoreOf(network: string): string;
}

export interface Summarised<Config, Part, Sections> extends Found<Config, Part> {
  readonly sections: Sections;
}

/** How intervals and tests are made. */
export interface Statistics extends Required<BootstrapOptions> {
  readonly bootstrap: Bootstrap;
}

/** A CSV file that lists explanations: image, class and method, the columns, network. */
export interface ListFile<Config, Recorded> {
  readonly file: string;
  columns(config: Config): readonly string[];
  lines(recorded: Recorded): Iterable<CsvRow<string>>;
}

/** A CSV file of a section whose rows are {@link MethodRow}s: the keys, each metric with its interval, network. */
export interface TableFile<Config> {
  readonly file: string;
  readonly section: string;
  /** Whether there is such a file; always where there is no such function. */
  asked?(config: Config): boolean;
  readonly keys: readonly string[];
  metrics(config: Config): readonly string[];
  /** The metric that the file is about: its interval is ci_low and ci_high (contract). */
  readonly main?: string;
}

/** A chart: a file in plots/ and, where it has a place there, a part of the report. */
export type Figure =
  | {
      /** Name of the file; with several networks, that of the network is added. */
      readonly name: string;
      readonly network: string;
      readonly curves: CurveChart;
      readonly view?: Pick<CurveView, 'order' | 'scale'>;
    }
  | { readonly name: string; readonly network?: string; readonly bars: BarChart };

/** What the report shows of a family. */
export interface ReportTables {
  /** What the report begins with, unless a family before it has one. */
  readonly finding?: ReportFinding;
  /** The table of the methods' scores. */
  readonly scores?: ResultTable;
  readonly tables?: readonly ResultTable[];
}

/** A row of a terminal's table: of a method, or of what the table says that its rows are. */
export type TerminalRow = Omit<MethodRow, 'method'>;

/** What a terminal shows of a family: a row a method, or another subject, and a column a metric. */
export interface TerminalTable<R extends TerminalRow = MethodRow> {
  readonly rows: readonly R[];
  /** What the rows are, where they are not methods. */
  readonly subject?: { readonly title: string; of(row: R): string };
  /** Of a column with a direction the best value is marked. */
  readonly columns: readonly {
    readonly id: string;
    readonly title: string;
    readonly direction?: Direction;
  }[];
  /** Whether numbers of images and intervals are shown. */
  readonly intervals: boolean;
  /** A last column: methods that one cannot be told from. */
  readonly ties?: { readonly title: string; of(row: R): readonly string[] };
}
