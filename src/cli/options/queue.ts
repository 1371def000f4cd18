/** The address of a queue. */
export const QUEUE = {
  type: 'string',
  describe: 'Redis at which workers are given units, as redis://host:port/database',
} as const;
