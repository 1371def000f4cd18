/** How a window slides along one spatial axis: output o reads the inputs o * stride - pad + k * dilation, k < kernel. */
export interface AxisWindow {
  readonly kernel: number;
  readonly stride: number;
  /** Padding before the first input; negative when the first inputs are skipped. */
  readonly pad: number;
  readonly dilation: number;
  /** Number of inputs and outputs on the axis. */
  readonly input: number;
  readonly output: number;
}

/** The axis of a 1-D signal that it has not: one position that reads itself. */
export const NO_AXIS: AxisWindow = { kernel: 1, stride: 1, pad: 0, dilation: 1, input: 1, output: 1 };

/** Positions first..last of an axis; empty when last < first. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

export const EMPTY: Interval = { first: 0, last: -1 };

/** Number of positions. */
export function length({ first, last }: Interval): number {
  return Math.max(0, last - first + 1);
}

/** The outputs that read at least one of the given inputs (with dilation: that could). */
export function changedOutputs(axis: AxisWindow, { first, last }: Interval): Interval {
  if (last < first) return EMPTY;
  return {
    first: Math.max(0, Math.ceil((first + axis.pad - span(axis) + 1) / axis.stride)),
    last: Math.min(axis.output - 1, Math.floor((last + axis.pad) / axis.stride)),
  };
}

/** Number of inputs, padding included, that `outputs` neighbouring outputs read. */
export function inputsRead(axis: AxisWindow, outputs: number): number {
  return (outputs - 1) * axis.stride + span(axis);
}

/** Padding that outputs read before the first and behind the last input. */
export function paddingRead(axis: AxisWindow): { before: number; after: number } {
  const end = inputsRead(axis, axis.output) - axis.pad;
  return { before: Math.max(0, axis.pad), after: Math.max(0, end - axis.input) };
}

/** The smallest interval around both. */
export function hull(a: Interval, b: Interval): Interval {
  if (a.last < a.first) return b;
  if (b.last < b.first) return a;
  return { first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) };
}

export function contains(outer: Interval, inner: Interval): boolean {
  return inner.last < inner.first || (outer.first <= inner.first && inner.last <= outer.last);
}

function span({ kernel, dilation }: AxisWindow): number {
  return (kernel - 1) * dilation + 1;
}
