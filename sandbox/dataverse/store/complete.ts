import type { TableDefinition } from '../model/definitions.ts';
import { IDENTITY } from './identity.ts';
import type { Organisation } from './organisation.ts';
import { isReference, type Reference, type Value, type Values } from './rows.ts';

/** Adds what the platform works out from the rest: names, states, owners' parts, currencies. */
export function completed(
  organisation: Organisation,
  definition: TableDefinition,
  values: Values,
  before: Values | null,
): Values {
  return {
    ...values,
    ...states(definition, values, before),
    ...owning(definition, values),
    ...currency(organisation, definition, values),
    ...NAMES[definition.name]?.(organisation, values),
    ...(definition.activity ? { activitytypecode: definition.name } : {}),
  };
}

/** A new row gets the first state; a changed state its first reason, a changed reason its state. */
function states(definition: TableDefinition, values: Values, before: Values | null): Values {
  const reasons = definition.columns.find(({ type }) => type.kind === 'Status')?.type;
  if (reasons?.kind !== 'Status') return {};
  const changed = (name: string): boolean => values[name] !== undefined && values[name] !== before?.[name];
  const state = changed('statecode')
    ? values.statecode
    : changed('statuscode')
      ? reasons.options.find(({ value }) => value === values.statuscode)?.state
      : (values.statecode ?? 0);
  const belongs = reasons.options.some(({ value, state: of }) => value === values.statuscode && of === state);
  const reason = belongs ? values.statuscode : reasons.options.find(({ state: of }) => of === state)?.value;
  return { statecode: state ?? 0, statuscode: reason ?? null };
}

function owning(definition: TableDefinition, values: Values): Values {
  if (definition.ownership !== 'UserOwned' || !isReference(values.ownerid)) return {};
  const { ownerid } = values;
  return {
    owninguser: ownerid.table === 'systemuser' ? ownerid : null,
    owningteam: ownerid.table === 'team' ? ownerid : null,
    owningbusinessunit: { id: IDENTITY.businessUnit, table: 'businessunit' },
  };
}

/** Amounts in the base currency, at the rate of the row's own. */
function currency(organisation: Organisation, definition: TableDefinition, values: Values): Values {
  const amounts = definition.columns.filter(({ type }) => type.kind === 'Money');
  if (amounts.length === 0) return {};
  const given = values.transactioncurrencyid;
  const used: Reference = isReference(given) ? given : { id: IDENTITY.baseCurrency, table: 'transactioncurrency' };
  const rate = organisation.store.row('transactioncurrency', used.id)?.values.exchangerate;
  const perBase = typeof rate === 'number' && rate > 0 ? rate : 1;
  const result: Record<string, Value> = { transactioncurrencyid: used, exchangerate: perBase };
  for (const { name, type } of amounts) {
    if (type.kind !== 'Money' || type.baseOf === undefined) continue;
    const amount = values[type.baseOf];
    result[name] = typeof amount === 'number' ? Number((amount / perBase).toFixed(4)) : null;
  }
  return result;
}

const fullName = (_: Organisation, { firstname, lastname }: Values): Values => ({
  fullname: [firstname, lastname].filter((part) => typeof part === 'string').join(' ') || null,
});

const NAMES: Readonly<Record<string, (organisation: Organisation, values: Values) => Values>> = {
  contact: fullName,
  lead: fullName,
  annotation: (_, { objectid, isdocument }) => ({
    objecttypecode: isReference(objectid) ? objectid.table : null,
    isdocument: isdocument ?? false,
  }),
  productpricelevel: (organisation, { productid }) => ({
    productidname: isReference(productid) ? (organisation.row('product', productid.id)?.values.name ?? null) : null,
  }),
};
