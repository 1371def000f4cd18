import yargs, { type Argv } from 'yargs';
import { COMMANDS } from '../../src/cli/commands.js';

/** What yargs knows of a command's options; its types leave it out. */
interface Known {
  key: Record<string, unknown>;
  choices: Record<string, readonly string[]>;
  default: Record<string, unknown>;
  defaultDescription: Record<string, string | undefined>;
  demandedOptions: Record<string, unknown>;
  array: readonly string[];
  boolean: readonly string[];
  number: readonly string[];
}

interface Internals {
  getOptions(): Known;
  getInternalMethods(): { getUsageInstance(): { getDescriptions(): Record<string, string> } };
}

const INTRODUCTION = `# Commands

Every command with its options, from what the command line checks (\`npm run docs\` writes this page).
\`heatproof <command> --help\` says the same. Results go to standard output, everything else to standard error; \`--json\` prints
what scripts read. An option that does not exist is an error, and the message names the nearest one that does.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a gate failed |
| 2 | wrong use or bad input: one line says what, where, what was expected and what was found |
| 3 | finished, but some images failed or some pictures could not be drawn: they are listed |
| 70 | a defect of heatproof: please report what it printed |
| 130 | stopped: what is finished is kept, \`--resume\` goes on |
`;

/** docs/commands.md: a section for every command. */
export async function commandReference(): Promise<string> {
  const sections = await Promise.all(COMMANDS.map(section));
  return [INTRODUCTION, ...sections].join('\n');
}

async function section({ command, describe, builder }: (typeof COMMANDS)[number]): Promise<string> {
  const parser = (await (builder as (parser: Argv) => Argv)(yargs([]))) as unknown as Internals;
  const known = parser.getOptions();
  const descriptions = parser.getInternalMethods().getUsageInstance().getDescriptions();
  const places = [...command.matchAll(/([<[])([\w-]+)(\.\.)?/g)].map(([, bracket, name = '', dots]) => ({
    name,
    needed: bracket === '<',
    several: dots !== undefined,
  }));
  const options = Object.keys(known.key).filter((name) => name !== 'help' && name !== 'version');
  const rows = options
    .sort(
      (a, b) => Number(places.some(({ name }) => name === b)) - Number(places.some(({ name }) => name === a)),
    )
    .map((name) => {
      const place = places.find((one) => one.name === name);
      const text = (descriptions[name] ?? '').replace(/^__yargsString__:/, '');
      const [, meaning = text, told = ''] = /^(.*) \[default: (.*)\]$/.exec(text) ?? [];
      const initial = place?.needed ? '**required**' : initialOf(name, known) || told;
      const values = valuesOf(name, known) + (place?.several ? ', several' : '');
      return `| \`${place ? name : `--${name}`}\` | ${values} | ${cell(initial)} | ${cell(meaning)} |`;
    });
  const table = ['| option | values | default | meaning |', '|---|---|---|---|', ...rows, ''];
  return [`## \`heatproof ${command}\``, '', `${describe}.`, '', ...table].join('\n');
}

function valuesOf(name: string, { choices, array, boolean, number }: Known): string {
  const several = array.includes(name) ? ', several' : '';
  if (choices[name]) return choices[name].map((one) => `\`${one}\``).join(', ') + several;
  if (boolean.includes(name)) return '';
  return (number.includes(name) ? 'number' : 'text') + several;
}

function initialOf(name: string, known: Known): string {
  if (name in known.demandedOptions) return '**required**';
  const described = known.defaultDescription[name];
  if (described !== undefined) return described;
  const value = known.default[name];
  return value === undefined || value === false ? '' : `\`${value}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/<(\w+)>/g, '\\<$1\\>');
}
