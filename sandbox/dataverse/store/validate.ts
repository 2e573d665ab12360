import { badPayload, CODE, Refusal } from '../errors.ts';
import { isGuid } from '../guid.ts';
import type { ColumnDefinition } from '../model/definitions.ts';
import { isReference, type Value } from './rows.ts';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** The value as it is stored. Throws what the API answers where the column cannot hold it. */
export function checked(table: string, column: ColumnDefinition, value: Value): Value {
  if (value === null) return null;
  const { type } = column;
  const wrong = (): Refusal =>
    badPayload(
      `Cannot convert the value of '${column.name}' on type 'Microsoft.Dynamics.CRM.${table}' to ${type.kind}.`,
    );
  switch (type.kind) {
    case 'String':
    case 'Memo':
      if (typeof value !== 'string') throw wrong();
      if (value.length > type.maxLength) {
        throw new Refusal(
          400,
          CODE.tooLong,
          `A validation error occurred. The length of the '${column.name}' attribute of the '${table}' entity exceeded the maximum allowed length of '${type.maxLength}'.`,
        );
      }
      return value === '' ? null : value;
    case 'Integer':
    case 'BigInt':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong();
      return value;
    case 'Decimal':
    case 'Money':
    case 'Double':
      if (typeof value !== 'number') throw wrong();
      return Number(value.toFixed(type.precision));
    case 'Boolean':
      if (typeof value !== 'boolean') throw wrong();
      return value;
    case 'DateTime':
      return checkedDate(value, type.behavior, wrong);
    case 'Picklist':
    case 'State':
    case 'Status':
      if (typeof value !== 'number') throw wrong();
      if (!type.options.some((option) => option.value === value)) throw outOfRange(table, column, value);
      return value;
    case 'MultiSelectPicklist':
      return checkedChoices(table, column, value, wrong);
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      if (!isReference(value) || !type.targets.some((target) => target.table === value.table)) throw wrong();
      return value;
    case 'Uniqueidentifier':
      if (typeof value !== 'string' || !isGuid(value)) throw wrong();
      return value.toLowerCase();
    case 'EntityName':
    case 'File':
    case 'Image':
    case 'Other':
      return value;
    case 'PartyList':
      throw wrong();
  }
}

function checkedDate(value: Value, behavior: string, wrong: () => Refusal): Value {
  if (typeof value !== 'string') throw wrong();
  if (behavior === 'DateOnly') {
    if (!DAY.test(value)) throw wrong();
    return value;
  }
  if (!INSTANT.test(value)) throw wrong();
  // Seconds are all that is kept.
  return `${new Date(value).toISOString().slice(0, 19)}Z`;
}

function checkedChoices(table: string, column: ColumnDefinition, value: Value, wrong: () => Refusal): Value {
  const given = typeof value === 'string' ? value.split(',').map(Number) : value;
  if (!Array.isArray(given)) throw wrong();
  const numbers: number[] = given.filter((item): item is number => Number.isInteger(item));
  if (numbers.length !== given.length || column.type.kind !== 'MultiSelectPicklist') throw wrong();
  for (const number of numbers) {
    if (!column.type.options.some((option) => option.value === number)) throw outOfRange(table, column, number);
  }
  return numbers.length === 0 ? null : numbers.sort((left, right) => left - right);
}

function outOfRange(table: string, column: ColumnDefinition, value: number): Refusal {
  return new Refusal(
    400,
    CODE.invalidArgument,
    `A validation error occurred. The value ${value} of '${column.name}' on record of type '${table}' is outside the valid range.`,
  );
}
