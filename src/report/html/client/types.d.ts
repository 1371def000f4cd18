/** What the page hands to its script; written by page.ts and gallery.ts. */
export interface PageData {
  methods: Method[];
  curves: CurveView[];
  gallery?: Gallery;
}

export interface Method {
  id: string;
  hue: number;
  dash: number[];
  marker: 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot' | 'star' | 'cross';
}

export interface Curve {
  label: string;
  steps: number[];
  values: number[];
  low?: number[];
  high?: number[];
}

export interface CurveView {
  order: string;
  scale: string;
  x: string;
  y: string;
  curves: Curve[];
}

export interface Gallery {
  score: string;
  width: number;
  height: number;
  units?: Unit[];
  fill: Fill;
  /** The colours of heatmaps from the least value to the largest. */
  palettes: Record<'signed' | 'unsigned', string[]>;
}

/** The rectangles of a unit, in pixels of the input: left, top, width, height, and those of the next one. */
export type Unit = number[];

export interface Fill {
  kind: 'colour' | 'noise' | 'grey';
  rgb?: [number, number, number];
}

export type Order = 'morf' | 'lerf';

export interface ImageRecord {
  aopc: (number | null)[];
  disagreement?: number;
  units?: Unit[];
  results: (Partial<Record<Order, { order: number[]; scores: number[] }>> | null)[];
}

export interface DrawnCurve extends Curve {
  method: Method;
  faint?: boolean;
}

export interface LineChart {
  element: SVGSVGElement;
  /** Shows the cursor at a step; undefined takes it away. */
  setCursor(step: number | undefined): void;
  /** The step under a horizontal place in the page. */
  stepAt(clientX: number): number;
  /** Where a step lies, from 0 (left edge) to 1. */
  place(step: number): number;
}
