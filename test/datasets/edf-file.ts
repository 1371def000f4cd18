/** A channel of a recording as the format holds it: whole numbers, and what they mean. */
export interface TestChannel {
  readonly label: string;
  readonly values: readonly number[];
  /** Least and greatest physical value, for the least and greatest digital one. */
  readonly physical?: readonly [number, number];
  readonly digital?: readonly [number, number];
}

export interface TestRecording {
  readonly channels: readonly TestChannel[];
  readonly records: number;
  readonly recordSeconds?: number;
  /** Time-stamped lists, one string a record. */
  readonly annotations?: readonly string[];
  readonly format?: 'EDF' | 'BDF';
  /** Fields of the header in place of their own, by offset. */
  readonly fields?: Readonly<Record<number, string>>;
}

const ANNOTATION_SAMPLES = 30;

/** Writes a recording in the European Data Format, or its 24-bit form. */
export function recordingFile({
  channels,
  records,
  recordSeconds = 1,
  annotations,
  format = 'EDF',
  fields = {},
}: TestRecording): Buffer {
  const bytes = format === 'EDF' ? 2 : 3;
  const all = [
    ...channels.map((channel) => ({
      physical: [-100, 100] as const,
      digital: [-1000, 1000] as const,
      samples: channel.values.length / records,
      ...channel,
    })),
    ...(annotations
      ? [
          {
            label: `${format} Annotations`,
            physical: [-1, 1] as const,
            digital: [-32768, 32767] as const,
            samples: ANNOTATION_SAMPLES,
            values: [],
          },
        ]
      : []),
  ];
  const headerBytes = 256 * (all.length + 1);
  const column = (width: number, of: (channel: (typeof all)[number]) => string | number) =>
    all.map((channel) => String(of(channel)).padEnd(width)).join('');
  const header = Buffer.from(
    [
      format === 'EDF' ? '0'.padEnd(8) : '\xffBIOSEMI',
      'X X X X'.padEnd(80),
      'Startdate X X X X'.padEnd(80),
      '01.01.26'.padEnd(8),
      '00.00.00'.padEnd(8),
      String(headerBytes).padEnd(8),
      (annotations ? `${format}+C` : '').padEnd(44),
      String(records).padEnd(8),
      String(recordSeconds).padEnd(8),
      String(all.length).padEnd(4),
      column(16, ({ label }) => label),
      column(80, () => ''),
      column(8, () => 'uV'),
      column(8, ({ physical }) => physical[0]),
      column(8, ({ physical }) => physical[1]),
      column(8, ({ digital }) => digital[0]),
      column(8, ({ digital }) => digital[1]),
      column(80, () => ''),
      column(8, ({ samples }) => samples),
      column(32, () => ''),
    ].join(''),
    'latin1',
  );
  for (const [at, text] of Object.entries(fields)) header.write(text, Number(at), 'latin1');
  const data = Array.from({ length: records }, (_, record) =>
    all.map((channel) => {
      const block = Buffer.alloc(channel.samples * bytes);
      if (channel.label.endsWith('Annotations')) block.write(annotations?.[record] ?? '', 'utf8');
      channel.values.slice(record * channel.samples, (record + 1) * channel.samples).forEach((value, i) => {
        block.writeIntLE(value, i * bytes, bytes);
      });
      return block;
    }),
  );
  return Buffer.concat([header, ...data.flat()]);
}
