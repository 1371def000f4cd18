import { listMethods } from '../explain/methods.js';
import { listRules } from '../explain/rules.js';
import type { OptionsOf } from './command.js';
import type { methodsCommand } from './options/methods.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export async function methods({ rules, json }: OptionsOf<typeof methodsCommand>): Promise<void> {
  const listed = rules ? listRules() : listMethods();
  print(`${json ? JSON.stringify(listed, null, 2) : rules ? ruleTable() : methodTable()}\n`);
}

function methodTable(): string {
  const rows = listMethods().map(({ id, line, source }) => [
    id,
    source ? `${line} (${unbroken(source)})` : line,
  ]);
  return formatTable(['method', 'what it is'], rows, 'left');
}

function ruleTable(): string {
  const rows = listRules().map(({ rule, meaning, options }) => [rule, meaning, options.join(', ')]);
  return formatTable(['rule', 'share of R_j that i gets, or what becomes of R', 'options'], rows, 'left');
}

/** A source that is not torn apart at the end of a line; several may stand on several lines. */
function unbroken(source: string): string {
  return source.replace(/(?<!;) /g, '\u00a0');
}
