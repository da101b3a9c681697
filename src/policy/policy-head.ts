import type { Problem } from '../core/index.ts';
import { entityText } from './cedar-text.ts';
import { type JsonObject, resourceScope } from './compile/index.ts';
import type { EntityName } from './decision-program.ts';
import { type Draft, problemAt } from './policy-statement.ts';
import { withoutTexts } from './statements.ts';

/**
 * A policy of a namespace binds there whatever it says; what is read should be what is meant, so its head has to say
 * so: `resource` is one of the namespace's services, or in the namespace.
 */
export function headProblem(draft: Draft): readonly Problem[] {
  const { source, statement, parsed } = draft;
  const { namespace } = source;
  if (namespace === undefined || namesOwn(parsed.json, namespace)) return [];
  const own = entityText('Namespace', namespace);
  const message = `a policy of ${namespace} binds calls of its own services only: write \`resource in ${own}\` here, or one of them, as in \`resource == ${entityText('Service', `${namespace}/NAME`)}\``;
  return [
    problemAt(draft, Math.max(withoutTexts(statement.text).search(/\bresource\b/), 0), message),
  ];
}

function namesOwn(json: JsonObject, namespace: string): boolean {
  const resource = resourceScope(json);
  const isOwn = ({ type, id }: EntityName) => type === 'Namespace' && id === namespace;
  switch (resource.kind) {
    case 'equal':
      return resource.entity.type === 'Service' && resource.entity.id.startsWith(`${namespace}/`);
    case 'in':
      return resource.entities.every(isOwn);
    case 'isIn':
      return isOwn(resource.entity);
    default:
      return false;
  }
}
