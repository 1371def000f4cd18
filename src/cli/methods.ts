import { listMethods } from '../explain/methods.js';
import { defineCommand } from './command.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export const methodsCommand = defineCommand({
  command: 'methods',
  describe: 'Explain each method in a line, with its source',
  builder: (yargs) => yargs.option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ json }) => {
    const methods = listMethods();
    const rows = methods.map(({ id, line, source }) => [id, source ? `${line} (${unbroken(source)})` : line]);
    print(
      json
        ? `${JSON.stringify(methods, null, 2)}\n`
        : `${formatTable(['method', 'what it is'], rows, 'left')}\n`,
    );
  },
});

/** A source that is not torn apart at the end of a line; several may stand on several lines. */
function unbroken(source: string): string {
  return source.replace(/(?<!;) /g, '\u00a0');
}
