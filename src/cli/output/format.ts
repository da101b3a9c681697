import { Option } from 'commander';
import { stringify } from 'yaml';

const OUTPUT_FORMATS = ['table', 'json', 'yaml'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `-o`: how a command prints what it found. */
export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how to print it').choices(OUTPUT_FORMATS).default('table');

/** `value` for a program: all of it, as the admin API gave it. */
export const formatData = (value: unknown, format: 'json' | 'yaml'): string =>
  format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value);
