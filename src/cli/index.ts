export { CliError } from './errors.ts';
export { cliReference } from './reference.ts';
export { runCli } from './run-cli.ts';
