import { selfCommand } from '../platform/index.ts';
import type { Shop } from './shop.ts';

/** What to try by hand, with the addresses of this very run. */
export function tourLines(shop: Shop): string[] {
  const { nodes, workloads } = shop;
  const selvage = selfCommand().length === 1 ? (selfCommand()[0] ?? 'selvage') : 'npx selvage';
  const frontend = `http://127.0.0.1:${workloads.get('frontend').port}`;
  const catalog = `http://127.0.0.1:${workloads.upstream('catalog')}`;
  const at = (node: 'n1' | 'n3') => `--data ${nodes.dataDirectory(node)}`;
  return [
    '',
    'The shop is open. Its programs know nothing of the mesh; their sidecars do the rest.',
    '',
    'Ask the frontend, which asks the catalog; both say whom they saw, and v1 and v2 take turns:',
    `  curl -s ${frontend}/products`,
    'Ask for what no policy permits, and read the reason:',
    `  curl -si ${frontend}/admin`,
    `  curl -si -X DELETE ${catalog}/products`,
    'Ask the mesh why:',
    `  ${selvage} explain --from shop/frontend --to shop/payments --method GET --path /admin ${at('n1')}`,
    'See who serves what, and what a node thinks of itself:',
    `  ${selvage} get endpoints ${at('n1')}`,
    `  ${selvage} get nodes ${at('n3')} --watch`,
    `  ${selvage} status ${at('n1')}`,
    'Kill a node, and ask the frontend again; then see what the others think:',
    `  kill -9 ${nodes.pidOf('n1')}`,
    `  ${selvage} get nodes ${at('n3')}`,
    'Kill the catalog’s first copy; its endpoint goes, and the second answers all:',
    `  kill -9 ${workloads.applicationPid('catalog-v1')}`,
    '',
    `Everything lies in ${shop.stage.directory}; logs in ${shop.stage.logs}.`,
    'Ctrl-C ends it all.',
    '',
  ];
}
