import { GraphQLError } from 'graphql';
import type { Json, JsonObject } from '../json.ts';
import { namedUuid } from '../model/base.ts';
import type { ModelObject } from '../model/types.ts';

/** One thing wrong with a new or changed piece of the model. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly userFriendlyMessage?: string;
  readonly value?: Json;
}

export interface FailedEntity {
  readonly metadataName: string;
  readonly errors: readonly Finding[];
  /** Shown as `flatEntityMinimalInformation`. */
  readonly about: JsonObject;
}

/** How the server counts kinds in its summary sentence. */
const PLURALS: Readonly<Record<string, string>> = {
  view: 'views',
  viewField: 'viewFields',
  index: 'indices',
  objectMetadata: 'objectMetadata',
};

function counted(kind: string, count: number): string {
  return `${count} ${count > 1 ? (PLURALS[kind] ?? kind) : kind}`;
}

/** Every new field is also put into the object's two standard views, which then fail with it. */
export const VIEWS_PER_OBJECT = 2;

export function viewIdentifier(object: ModelObject, index: number): string {
  return namedUuid(`view:${object.nameSingular}:${index}`);
}

/** The refusal of the metadata API: HTTP 200, METADATA_VALIDATION_FAILED, findings by kind (O6, recorded exchanges 8–13). */
export function validationFailed(
  message: string,
  entities: readonly FailedEntity[],
  type: 'create' | 'update' | 'delete',
): GraphQLError {
  const errors: Record<string, unknown[]> = {};
  for (const { metadataName, errors: findings, about } of entities) {
    const entry = {
      status: 'fail',
      errors: findings.map((finding) => ({ ...finding })),
      flatEntityMinimalInformation: about,
      metadataName,
      type,
    };
    const list = errors[metadataName];
    if (list === undefined) errors[metadataName] = [entry];
    else list.push(entry);
  }
  const counts = Object.entries(errors).map(([kind, list]) => [kind, list.length] as const);
  return new GraphQLError(message, {
    extensions: {
      code: 'METADATA_VALIDATION_FAILED',
      errors,
      summary: { totalErrors: entities.length, ...Object.fromEntries(counts) },
      userFriendlyMessage:
        entities.length > 1
          ? 'Many validation errors'
          : (entities[0]?.errors[0]?.userFriendlyMessage ?? 'Validation error'),
      message: `Validation failed for ${counts.map(([kind, count]) => counted(kind, count)).join(', ')}`,
    },
  });
}

export function fieldFailed(
  object: ModelObject,
  name: string,
  identifier: string,
  findings: readonly Finding[],
  newId: () => string,
): GraphQLError {
  const field: FailedEntity = {
    metadataName: 'fieldMetadata',
    errors: findings,
    about: { universalIdentifier: identifier, name, objectMetadataUniversalIdentifier: object.universalIdentifier },
  };
  const views = Array.from(
    { length: VIEWS_PER_OBJECT },
    (_, index): FailedEntity => ({
      metadataName: 'viewField',
      errors: [same('INVALID_VIEW_DATA', 'Field metadata not found')],
      about: {
        universalIdentifier: newId(),
        viewUniversalIdentifier: viewIdentifier(object, index),
        fieldMetadataUniversalIdentifier: identifier,
      },
    }),
  );
  return validationFailed('Multiple validation errors occurred while creating fields', [field, ...views], 'create');
}

/** A finding that tells the user what it tells the developer. */
export function same(code: string, message: string, value?: Json): Finding {
  return { code, message, userFriendlyMessage: message, ...(value === undefined ? {} : { value }) };
}

export function forbidden(): GraphQLError {
  return new GraphQLError('Forbidden resource', {
    extensions: { code: 'FORBIDDEN', userFriendlyMessage: 'An error occurred.' },
  });
}

export function notFound(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'NOT_FOUND', userFriendlyMessage: 'An error occurred.' } });
}

export function userInput(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', userFriendlyMessage: 'An error occurred.' },
  });
}

/** A change the database refused: the server gives it away as an internal error (O6). */
export function migrationFailed(action: string, kind: string): GraphQLError {
  return new GraphQLError(`Migration action '${action}' for '${kind}' failed`, {
    extensions: { code: 'INTERNAL_SERVER_ERROR', userFriendlyMessage: 'An error occurred.' },
  });
}
