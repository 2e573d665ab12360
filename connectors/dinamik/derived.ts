import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription, FieldValue, FieldValues } from '../../src/source/connector.ts';
import { type DetailRows, describeField, scalarText } from './details.ts';
import type { Joined, Joins } from './joins.ts';
import type { Module } from './modules.ts';
import { amount, times as product, textOfAmount, toPlaces } from './money.ts';
import type { References } from './references.ts';
import type { Times } from './times.ts';

export interface DerivedParts {
  readonly references: References;
  readonly joins: Joins;
  readonly times: Times;
}

export interface Derived {
  readonly values: FieldValues;
  readonly fields: readonly FieldDescription[];
}

const NOTHING: Derived = { values: {}, fields: [] };

/** What a record of some modules has beside its own fields, worked out here because the API does not say it. */
export async function derivedOf(
  parts: DerivedParts,
  module: Module,
  id: number,
  row: JsonObject,
  details: DetailRows,
): Promise<Derived> {
  switch (module.derived) {
    case 'deal':
      return fielded({
        ...(await stageFields(parts.references, row)),
        ...dealInvoices(await parts.joins.of('invoice', 'opportunityId', id)),
      });
    case 'invoice': {
      const deal = amount(row.opportunityId);
      const siblings =
        deal === null ? [] : await parts.joins.of('invoice', 'opportunityId', Number(scalarText(row.opportunityId)));
      return fielded({ ...invoiceTotals(row, details), invoicesOfDeal: String(siblings.length) });
    }
    case 'ticket':
      return fielded(thread(await parts.joins.of('ticketMessage', 'ticketId', id), parts.times));
    default:
      return NOTHING;
  }
}

function fielded(values: FieldValues): Derived {
  return { values, fields: Object.keys(values).map((name) => describeField(name, { label: LABELS[name] ?? name })) };
}

const LABELS: Readonly<Record<string, string>> = {
  stage: 'Stage',
  pipeline: 'Pipeline',
  'invoices/count': 'Invoices',
  'invoices/numbers': 'Invoice numbers',
  'invoices/total': 'Invoiced in all',
  'invoices/tax': 'Tax in all',
  'invoices/status': 'Status of the invoices',
  'invoices/lines': 'Invoice lines',
  linesText: 'Lines',
  linesTotal: 'Total of the lines',
  totalsAgree: 'Whether the lines add up to the total',
  totalsDifference: 'Total less the total of the lines',
  invoicesOfDeal: 'Invoices of its deal',
  thread: 'Messages as one text',
  messages: 'Messages',
};

/** Stage and pipeline by their names; a stage that the row names itself is taken as it is. */
async function stageFields(references: References, row: JsonObject): Promise<FieldValues> {
  const found = await references.stage(row.stageId);
  return {
    stage: found?.stage ?? textOf(row.stageName) ?? scalarText(row.stageId),
    pipeline: found?.pipeline ?? textOf(row.pipelineName) ?? null,
  };
}

/** Amounts of several invoices in one currency are added to the last digit; in several, there is no sum. */
function dealInvoices(invoices: readonly Joined[]): FieldValues {
  const rows = invoices.map(({ row }) => row);
  const sum = (field: string): FieldValue => {
    const units = rows.map((row) => amount(row[field]));
    const currencies = new Set(rows.map((row) => scalarText(row.currency)));
    if (units.length === 0 || units.some((one) => one === null) || currencies.size > 1) return null;
    return textOfAmount(units.reduce((all: bigint, one) => all + (one ?? 0n), 0n));
  };
  const each = (field: string): string => rows.flatMap((row) => scalarText(row[field]) ?? []).join(', ');
  return {
    'invoices/count': String(rows.length),
    'invoices/numbers': each('invoiceNumber'),
    'invoices/total': sum('total'),
    'invoices/tax': sum('tax'),
    'invoices/status': [...new Set(rows.flatMap((row) => scalarText(row.status) ?? []))].join(', '),
    'invoices/lines': invoices.flatMap(({ details }) => linesOf(details)).join('\n'),
  };
}

/** The total added up again from its lines: a difference is told, and nothing is corrected (DIN-8). */
export function invoiceTotals(row: JsonObject, details: DetailRows): FieldValues {
  const lines = details.lines ?? [];
  const units = lines.map(lineTotal);
  const known = lines.length > 0 && units.every((one) => one !== null);
  const net = units.reduce((all: bigint, one) => all + toPlaces(one ?? 0n, 2), 0n);
  const told = amount(row.total);
  const all = net + (amount(row.tax) ?? 0n);
  return {
    linesText: linesOf(details).join('\n'),
    linesTotal: known ? textOfAmount(all) : null,
    totalsAgree: known && told !== null ? String(told === all) : null,
    totalsDifference: known && told !== null ? textOfAmount(told - all) : null,
  };
}

/** Quantity times price less discount; what the line itself calls its total is only shown. */
function lineTotal(line: JsonObject): bigint | null {
  const quantity = amount(line.quantity);
  const price = amount(line.unitPrice);
  if (quantity === null || price === null) return null;
  return product(quantity, price) - (amount(line.discount) ?? 0n);
}

function linesOf(details: DetailRows): readonly string[] {
  return (details.lines ?? []).map((line) => {
    const text = (value: unknown): string => scalarText(value) ?? '?';
    return `${text(line.quantity)} × ${text(line.description)} @ ${text(line.unitPrice)} = ${text(line.total)}`;
  });
}

/** All messages of a ticket in one text, for a workspace that cannot link notes to tickets (DIN-9). */
function thread(messages: readonly Joined[], times: Times): FieldValues {
  const ordered = [...messages].sort((a, b) => sent(a, times) - sent(b, times));
  return {
    messages: String(ordered.length),
    thread: ordered
      .map(({ row }) =>
        `${textOf(row.sentDate) ?? ''} ${textOf(row.authorName) ?? ''}\n${textOf(row.body) ?? ''}`.trim(),
      )
      .join('\n\n'),
  };
}

function sent({ row }: Joined, times: Times): number {
  return times.instant(textOf(row.sentDate) ?? '') ?? Number(row.id);
}

/** What a record's derived fields depend on beside its own row: another text means that it must be looked at again. */
export async function dependencies(parts: DerivedParts, module: Module, id: number, row: JsonObject): Promise<string> {
  switch (module.derived) {
    case 'deal': {
      const invoices = await parts.joins.of('invoice', 'opportunityId', id);
      return JSON.stringify([await stageFields(parts.references, row), invoices.map((one) => one.row)], digits);
    }
    case 'invoice': {
      const deal = scalarText(row.opportunityId);
      return deal === null ? '' : String((await parts.joins.of('invoice', 'opportunityId', Number(deal))).length);
    }
    case 'ticket':
      return JSON.stringify(
        (await parts.joins.of('ticketMessage', 'ticketId', id)).map((one) => one.row),
        digits,
      );
    default:
      return '';
  }
}

const digits = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
