import { listMethods } from '../explain/methods.js';
import type { OptionsOf } from './command.js';
import type { methodsCommand } from './options/methods.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export async function methods({ json }: OptionsOf<typeof methodsCommand>): Promise<void> {
  const methods = listMethods();
  const rows = methods.map(({ id, line, source }) => [id, source ? `${line} (${unbroken(source)})` : line]);
  print(
    json
      ? `${JSON.stringify(methods, null, 2)}\n`
      : `${formatTable(['method', 'what it is'], rows, 'left')}\n`,
  );
}

/** A source that is not torn apart at the end of a line; several may stand on several lines. */
function unbroken(source: string): string {
  return source.replace(/(?<!;) /g, '\u00a0');
}
