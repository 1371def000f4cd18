/** What a network's channels show. */
export type ChannelOrder = 'rgb' | 'bgr' | 'grey';

/** White of the standard illuminant D65, in CIE XYZ. */
const WHITE = [0.95047, 1, 1.08883] as const;

/** Linear RGB of sRGB to CIE XYZ (IEC 61966-2-1), a row a coordinate. */
const TO_XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
] as const;

/** CIE L*a*b* of colours of sRGB in 0..1, channel by channel. */
export function labOf(red: number, green: number, blue: number): [number, number, number] {
  const linear = [red, green, blue].map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  const [fx, fy, fz] = TO_XYZ.map((row, i) => {
    const t = row.reduce((sum, weight, c) => sum + weight * (linear[c] as number), 0) / (WHITE[i] as number);
    return t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29;
  }) as [number, number, number];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}
