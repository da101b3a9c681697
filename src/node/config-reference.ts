import { CONFIG_API_VERSION } from './config-document.ts';
import { type NodeSettingName, nodeSettingNames, nodeSettings } from './options.ts';

/** The reference page of a node's configuration, in Markdown, from the table of settings. */
export function configReference(): string {
  return `# Configuration of a node

\`selvage node\` takes each setting from, in this order: its flag, its environment variable, the
file, its default. The file is the one that \`--config\` or \`SELVAGE_CONFIG\` names, else
\`selvage.yaml\` in the directory where the command runs, if there is one. Unknown fields are errors,
and all errors are reported at once.

| field | flag | variable | default | form | meaning |
|---|---|---|---|---|---|
${nodeSettingNames.map(row).join('\n')}

All of it, with the defaults:

\`\`\`yaml
apiVersion: ${CONFIG_API_VERSION}
kind: NodeConfig
${exampleFile()}
\`\`\`
`;
}

function row(name: NodeSettingName): string {
  const { field, flag, environment, form, description, fallback } = nodeSettings[name];
  const otherwise = typeof fallback === 'object' ? fallback.words : `\`${fallback}\``;
  const cells = [`\`${field.join('.')}\``, `\`${flag}\``, `\`${environment}\``, otherwise, form];
  return `| ${[...cells, description].join(' | ')} |`;
}

function exampleFile(): string {
  const blocks = Map.groupBy(nodeSettingNames, (name) => nodeSettings[name].field[0]);
  return [...blocks].flatMap(([block, names]) => exampleLines(block, names)).join('\n');
}

function exampleLines(block: string, names: readonly NodeSettingName[]): string[] {
  const lines = names.map((name) => {
    const { field, fallback } = nodeSettings[name];
    const value = typeof fallback === 'object' ? fallback.from('127.0.0.1') : fallback;
    return field[1] === undefined ? `${field[0]}: ${value}` : `  ${field[1]}: ${value}`;
  });
  const isBlock = lines[0]?.startsWith('  ') === true;
  return isBlock ? [`${block}:`, ...lines] : lines;
}
