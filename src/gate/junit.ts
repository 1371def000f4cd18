import { XMLBuilder } from 'fast-xml-parser';
import type { GateReport, MethodReport } from './compare.js';
import { metricProblem, missingProblems, movedProblems } from './problems.js';

interface Case {
  readonly name: string;
  readonly problems: readonly string[];
}

/** The report as JUnit XML: a suite a network and method, a case for what is compared there. */
export function toJunit(report: GateReport): string {
  const suites = [
    suite('definition', [{ name: 'definition records are the same', problems: report.definition }]),
    ...report.methods.map((method) =>
      suite(`${method.network}.${method.method}`, casesOf(method, report.samples)),
    ),
  ];
  const total = (count: 'tests' | 'failures') => suites.reduce((sum, one) => sum + one[`@${count}`], 0);
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true });
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': 'heatproof gate',
      '@tests': total('tests'),
      '@failures': total('failures'),
      testsuite: suites,
    },
  });
}

function casesOf(report: MethodReport, samples: string): Case[] {
  return [
    { name: 'all explanations are there', problems: missingProblems(report, samples) },
    { name: 'scores and conservation stay', problems: movedProblems(report, samples) },
    ...report.metrics.map((metric) => {
      const problem = metricProblem(metric, samples);
      return { name: metric.metric, problems: problem === undefined ? [] : [problem] };
    }),
  ];
}

function suite(name: string, cases: readonly Case[]) {
  const classname = printable(name);
  return {
    '@name': classname,
    '@tests': cases.length,
    '@failures': cases.filter(({ problems }) => problems.length > 0).length,
    testcase: cases.map(({ name, problems }) => ({
      '@classname': classname,
      '@name': name,
      ...(problems.length > 0 && {
        failure: {
          '@message': printable(problems[0] as string),
          '#text': problems.map(printable).join('\n'),
        },
      }),
    })),
  };
}

/** Characters that XML 1.0 cannot hold, even escaped, become a replacement; line ends do not survive in attributes. */
function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[^ -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
