import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { invalidDocument, Refusal } from '../errors.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** A field of a selection with its fragments resolved. */
export interface Selected {
  readonly key: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly children: readonly Selected[];
}

export interface Operation {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly fields: readonly Selected[];
  readonly document: DocumentNode;
}

/** Root fields one request may have (O1). */
const MAXIMUM_ROOTS = 20;

/**
 * Reads a document as the server's direct execution does: arguments and variables are taken as they are, without a
 * look at the schema, so what is wrong in them is refused by the field they go to (recorded exchange 39).
 */
export function readOperation(query: string, variables: Variables, operationName: string | undefined): Operation {
  let document: DocumentNode;
  try {
    document = parse(query, { noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) throw invalidDocument(error.message, 'GRAPHQL_PARSE_FAILED');
    throw error;
  }
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const operation =
    operationName === undefined ? operations[0] : operations.find(({ name }) => name?.value === operationName);
  if (operation === undefined) throw invalidDocument('Must provide an operation.');
  return { type: operation.operation, fields: rootFields(document, operation, variables), document };
}

function rootFields(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): Selected[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
  );
  return select(operation.selectionSet, fragments, { ...Object.fromEntries(defaults), ...variables });
}

/** Several root fields are refused when there are too many, or one resolver comes twice, under aliases too (O1). */
export function checkRoots(fields: readonly Selected[]): void {
  if (fields.length > MAXIMUM_ROOTS) {
    throw userInput(
      `Query too complex - Too many root resolvers requested: ${fields.length} - Maximum allowed root resolvers: ${MAXIMUM_ROOTS}`,
    );
  }
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name)) throw userInput(`Duplicate root resolver: "${name}"`);
    seen.add(name);
  }
}

function userInput(message: string): Refusal {
  return new Refusal(message, { status: 400, restError: 'BadRequestException', code: 'BAD_USER_INPUT' });
}

function included(node: FieldNode['directives'], variables: Variables): boolean {
  for (const directive of node ?? []) {
    const argument = directive.arguments?.find(({ name }) => name.value === 'if');
    const value = argument === undefined ? undefined : valueFromASTUntyped(argument.value, { ...variables });
    if (directive.name.value === 'skip' && value === true) return false;
    if (directive.name.value === 'include' && value === false) return false;
  }
  return true;
}

function select(
  selection: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Variables,
): Selected[] {
  return (selection?.selections ?? []).flatMap((node): Selected[] => {
    if (!included(node.directives, variables)) return [];
    if (node.kind === Kind.INLINE_FRAGMENT) return select(node.selectionSet, fragments, variables);
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(node.name.value);
      if (fragment === undefined) throw invalidDocument(`Unknown fragment "${node.name.value}".`);
      return select(fragment.selectionSet, fragments, variables);
    }
    const values = (node.arguments ?? []).map(
      ({ name, value }) => [name.value, valueFromASTUntyped(value, { ...variables })] as const,
    );
    return [
      {
        key: node.alias?.value ?? node.name.value,
        name: node.name.value,
        arguments: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
        children: select(node.selectionSet, fragments, variables),
      },
    ];
  });
}
