import type { Called } from '../../input/called.js';
import type { Heatmap } from '../../input/heatmap.js';
import type { Units } from '../../input/units.js';
import type { BarChart, CurveChart, DrawnInput, Estimate } from '../types.js';
import type { SignalPictures } from './signals.js';
import type { Texts } from './texts.js';

/** Everything that report.html shows. All texts are plain text: file names and labels may hold anything. */
export interface ReportData {
  title: string;
  /** What samples are called. */
  called: Called;
  /** Network, data set, number of images: what stands under the title. */
  subtitle: string;
  /** What was found, in a sentence a network and one chart. */
  finding?: ReportFinding;
  /** What makes the numbers doubtful, a sentence each. */
  warnings: readonly string[];
  /** The methods of every network; the place of a method among those of its network gives its colour everywhere. */
  methods: readonly Method[];
  /** The methods and their scores. */
  scores?: ResultTable;
  /** How every metric ranks the methods, and where metrics disagree. */
  ranks?: RanksOnPage;
  curves: readonly CurveView[];
  /** Box ratios and the like. Labels of series are those of methods. */
  bars: readonly BarChart[];
  /** Complexity, average precision, paired tests and the like. */
  tables: readonly ResultTable[];
  gallery?: Gallery;
  signals?: SignalPictures;
  texts?: Texts;
  /** Images that could not be measured; with the networks that could not, where others could. */
  failures: readonly { image: string; networks?: readonly string[]; reason: string }[];
  /** How it was measured, a sentence each. */
  words: readonly string[];
  /** Network, data set, number of images, date, versions and the like, in the order of reading. */
  facts: readonly { name: string; value: string }[];
  /** The whole definition record and what else is to be kept with the numbers (versions, machine). */
  records: readonly { title: string; record: Readonly<Record<string, unknown>> }[];
}

/** A method as it was measured on a network. */
export interface Method {
  /** Among all; with its network where there are several. */
  label: string;
  /** Among those of its network. */
  name: string;
  /** Where there are several. */
  network?: string;
}

/** What a report begins with. */
export interface ReportFinding {
  /** A sentence a network. */
  sentences: readonly string[];
  /** A group a network, a series a method (by name). */
  chart: BarChart;
  /** Which end stands first. */
  better?: 'higher' | 'lower';
}

export interface RanksOnPage {
  /** Where metrics disagree most, a sentence a network. */
  sentences: readonly string[];
  tables: readonly ResultTable[];
}

/** One way to look at the curves. Labels of curves are method ids. */
export interface CurveView extends Omit<CurveChart, 'title'> {
  order: 'morf' | 'lerf' | 'difference' | 'insertion';
  /** AOPC, AOPC relative to that of random orders, or the mean score itself. */
  scale: 'absolute' | 'relative' | 'score';
}

export interface ResultTable {
  title: string;
  note?: string;
  /** What the rows are, e.g. "method". */
  rows: string;
  columns: readonly {
    title: string;
    note?: string;
    /** Which end is marked as best. */
    better?: 'higher' | 'lower' | undefined;
  }[];
  /** Rows stand in the order of the first column that has a best end. */
  entries: readonly {
    label: string;
    /** Where there are several: its rows stand together. */
    network?: string;
    /** One a column; a text is shown as it is, undefined as "no value". */
    cells: readonly (Estimate | string | undefined)[];
    /** Rows that cannot be told from this one statistically. */
    tiedWith?: readonly string[];
  }[];
}

export interface Gallery {
  /** How many images were measured, of which the gallery may show a part. */
  measured: number;
  /** What falls when regions are replaced, e.g. "logit of the predicted class". */
  score: string;
  /** Size of the inputs in their own pixels. */
  width: number;
  height: number;
  /** The units that perturbations replace, as far as images have them in common. */
  units?: Units;
  fill: DisplayedFill;
  /** Loads one image at a time, so that any number of them never lies in memory at once. */
  images: readonly (() => Promise<GalleryImage>)[];
}

/**
 * How the report shows replaced regions, and what it says about it: in a colour; as noise, drawn by the reader's
 * browser; or in grey, where the real replacement cannot be shown.
 */
export type DisplayedFill =
  | { kind: 'colour'; rgb: readonly [number, number, number]; note: string }
  | { kind: 'noise' | 'grey'; note: string };

export interface GalleryImage {
  id: string;
  /** What the filter lists: the true class, as far as it is known. */
  label: string;
  predicted: string;
  /** The class that the heatmaps speak of, where it is one. */
  explained?: string;
  /** The input as the network sees it. */
  subject: DrawnInput;
  /** Units of its own. */
  units?: Units;
  /** Boxes of the explained class in the input's pixels. */
  boxes?: readonly { left: number; top: number; right: number; bottom: number }[];
  /** One a method of every network, in the order of `methods`; undefined where a method has nothing on this image. */
  results: readonly (GalleryResult | undefined)[];
}

export interface GalleryResult {
  map?: Heatmap;
  aopc?: number;
  morf?: Replay;
  lerf?: Replay;
}

/** A perturbation of one image: the units in the order they were replaced, and the scores before and after each. */
export interface Replay {
  order: ArrayLike<number>;
  /** One more than units: scores[0] is the untouched image's. */
  scores: ArrayLike<number>;
}
