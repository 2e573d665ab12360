import type { Json } from '../json.ts';
import { joinColumnsOf } from '../model/shape.ts';
import type { FieldOption, FieldType, ModelObject } from '../model/types.ts';
import { plainDefault } from '../operations/engine.ts';
import { type Finding, same } from './report.ts';

/** Names the server keeps for itself (twenty.md §5). */
const RESERVED = new Set(
  (
    'apiKey apiKeys approvedAccessDomain approvedAccessDomains appToken appTokens address addresses billingCustomer ' +
    'billingCustomers billingEntitlement billingEntitlements billingMeter billingMeters billingPrice billingPrices ' +
    'billingProduct billingProducts billingSubscription billingSubscriptions connectedAccount connectedAccounts ' +
    'currency currencies event events featureFlag featureFlags field fields fullName fullNames index indexes ' +
    'keyValuePair keyValuePairs link links metadata metadatas object objects plan plans postgresCredential ' +
    'postgresCredentials relation relations role roles twoFactorMethod twoFactorMethods type types user users ' +
    'userWorkspace userWorkspaces webhook webhooks workspace workspaces aggregate aggregates job jobs'
  ).split(' '),
);

const MAXIMUM_NAME = 63;
const OPTION_VALUE = /^(?!.*__)[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

function nameForm(name: string): Finding[] {
  if (name.length > MAXIMUM_NAME) {
    return [same('INVALID_FIELD_INPUT', `Name is too long: it exceeds the ${MAXIMUM_NAME} characters limit.`, name)];
  }
  if (name.length === 0)
    return [same('INVALID_FIELD_INPUT', 'Name is too short: it requires at least 1 character.', name)];
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    return [
      same(
        'INVALID_FIELD_INPUT',
        'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters',
        name,
      ),
    ];
  }
  return [];
}

/** True where a field or a foreign key of the object already has this name. */
export function nameTaken(object: ModelObject, name: string): boolean {
  return object.fields.some(
    (field) =>
      field.name === name || joinColumnsOf(field).some(({ column, relation }) => column === name || relation === name),
  );
}

export function checkFieldName(object: ModelObject, name: string): Finding[] {
  if (RESERVED.has(name)) {
    const message = 'This name is reserved. Use a different name or the system will add "Custom" suffix.';
    return [same('INVALID_FIELD_INPUT', message, name)];
  }
  const form = nameForm(name);
  if (form.length > 0 || !nameTaken(object, name)) return form;
  return [same('NOT_AVAILABLE', `Name "${name}" is not available as it is already used by another field`, name)];
}

export function checkObjectName(name: string): Finding[] {
  if (RESERVED.has(name)) return [same('INVALID_OBJECT_INPUT', `The name "${name}" is reserved`, name)];
  return nameForm(name).map((finding) => ({ ...finding, code: 'INVALID_OBJECT_INPUT' }));
}

const WITH_OPTIONS: readonly FieldType[] = ['SELECT', 'MULTI_SELECT', 'RATING'];

function repeated(values: readonly (string | number)[]): string | number | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}

/** Options and default of a SELECT or MULTI_SELECT (twenty.md §5). */
export function checkOptions(type: FieldType, options: readonly FieldOption[] | null, defaultValue: Json): Finding[] {
  if (!WITH_OPTIONS.includes(type)) return [];
  if (options === null || options.length === 0) {
    return type === 'RATING' ? [] : [same('INVALID_FIELD_INPUT', 'Options are required for enum fields')];
  }
  const findings: Finding[] = [];
  for (const { value, label } of options) {
    if (!OPTION_VALUE.test(value)) {
      findings.push(same('INVALID_FIELD_INPUT', `Value must be in UPPER_CASE and follow snake_case "${value}"`, value));
    } else if (value.length > MAXIMUM_NAME) {
      findings.push(same('INVALID_FIELD_INPUT', `Option value exceeds 63 characters "${value}"`, value));
    }
    if (label.includes(',')) findings.push(same('INVALID_FIELD_INPUT', 'Label must not contain a comma', label));
    if (label === '') findings.push(same('INVALID_FIELD_INPUT', 'Option label is required', label));
    if (label.length > MAXIMUM_NAME) {
      findings.push(same('INVALID_FIELD_INPUT', `Option label exceeds 63 characters "${label}"`, label));
    }
  }
  const double = [
    ['value', repeated(options.map(({ value }) => value))],
    ['id', repeated(options.map(({ id }) => id))],
    ['position', repeated(options.map(({ position }) => position))],
  ] as const;
  for (const [name, value] of double) {
    if (value !== undefined) findings.push(same('INVALID_FIELD_INPUT', `Duplicated option ${name} "${value}"`, value));
  }
  return [...findings, ...checkDefault(options, defaultValue)];
}

function checkDefault(options: readonly FieldOption[], defaultValue: Json): Finding[] {
  if (defaultValue === null) return [];
  const values = Array.isArray(defaultValue) ? defaultValue : [defaultValue];
  return values.flatMap((value) => {
    if (typeof value !== 'string' || !/^'.*'$/s.test(value)) {
      return [same('INVALID_FIELD_INPUT', 'Default value should be quoted', value)];
    }
    const plain = plainDefault(value);
    if (options.some((option) => option.value === plain)) return [];
    return [same('INVALID_FIELD_INPUT', `Default value "${String(value)}" must be one of the option values`, value)];
  });
}
