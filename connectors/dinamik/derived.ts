import { type JsonObject, textOf } from '../../src/core/exact-json.ts';
import type { FieldDescription, FieldValues } from '../../src/source/connector.ts';
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
    case 'invoice':
      return fielded({ ...invoiceTotals(row, details), ...(await ofItsDeal(parts.joins, row)) });
    case 'ticket':
      return fielded(thread(await parts.joins.of('ticketMessage', 'ticketId', id), parts.times));
    case 'ticketMessage': {
      const values = await ofItsTicket(parts.joins, row);
      const refersTo = (name: string): readonly string[] => [module.links[name] ?? []].flat();
      return { values, fields: Object.keys(values).map((name) => describeField(name, { refersTo: refersTo(name) })) };
    }
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
  'invoices/currency': 'Currency of the invoices',
  'invoices/notAdded': 'Invoices that could not be added up',
  'invoices/status': 'Status of the invoices',
  'invoices/lines': 'Invoice lines',
  'invoices/differing': 'Invoices whose lines add up to something else',
  linesText: 'Lines',
  linesTotal: 'Total of the lines',
  totalsAgree: 'Whether the lines add up to the total',
  totalsDifference: 'Total less the total of the lines',
  dealFound: 'Whether its deal is there',
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

/**
 * Amounts of several invoices in one currency are added to the last digit. In several currencies, or where an amount cannot be
 * read, there is no sum, and each invoice is told with its own amounts. The currency is the invoices' own: a deal in euros may
 * be invoiced in lira.
 */
function dealInvoices(invoices: readonly Joined[]): FieldValues {
  const rows = invoices.map(({ row }) => row);
  const currencies = new Set(rows.map((row) => scalarText(row.currency)?.trim() || null));
  // An invoice may have no tax, as where its lines are added up again; one without a total is no invoice that can be added.
  const taxes = rows.flatMap((row) => (scalarText(row.tax)?.trim() ? [row.tax] : []));
  const sums = { total: added(rows.map((row) => row.total)), tax: added(taxes) };
  const known = currencies.size === 1 && sums.total !== null && (taxes.length === 0 || sums.tax !== null);
  const each = (field: string): string => rows.flatMap((row) => scalarText(row[field]) ?? []).join(', ');
  return {
    'invoices/count': String(rows.length),
    'invoices/numbers': each('invoiceNumber'),
    'invoices/total': known ? sums.total : null,
    'invoices/tax': known ? sums.tax : null,
    'invoices/currency': currencies.size === 1 ? ([...currencies][0] ?? null) : null,
    'invoices/notAdded': known ? '' : rows.map(amountsOf).join('\n'),
    'invoices/status': [...new Set(rows.flatMap((row) => scalarText(row.status) ?? []))].join(', '),
    'invoices/lines': invoices.flatMap(({ details }) => linesOf(details)).join('\n'),
    'invoices/differing': invoices.flatMap(differing).join('\n'),
  };
}

/** Null where there is nothing to add, or one cannot be read. */
function added(values: readonly unknown[]): string | null {
  const units = values.map(amount);
  if (units.length === 0 || units.some((one) => one === null)) return null;
  return textOfAmount(units.reduce((all: bigint, one) => all + (one ?? 0n), 0n));
}

/** As the invoice says them, also what is no number. */
function amountsOf(row: JsonObject): string {
  const text = (value: unknown): string => scalarText(value) ?? '?';
  return `${numberOf(row)}: total ${text(row.total)} ${text(row.currency)}, tax ${text(row.tax)}`;
}

function numberOf(row: JsonObject): string {
  return scalarText(row.invoiceNumber) ?? scalarText(row.id) ?? '?';
}

/** An invoice that names no deal, or one that is not there, stands in no deal: it must not be left out for that (DIN-8). */
async function ofItsDeal(joins: Joins, row: JsonObject): Promise<FieldValues> {
  const id = idText(row.opportunityId);
  const deal = id === null ? null : await joins.row('deal', id);
  const siblings = id === null || deal === null ? [] : await joins.of('invoice', 'opportunityId', Number(id));
  return { dealFound: String(deal !== null), invoicesOfDeal: String(siblings.length) };
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

function differing({ row, details }: Joined): readonly string[] {
  const { totalsAgree, linesTotal } = invoiceTotals(row, details);
  if (totalsAgree !== 'false') return [];
  return [`${numberOf(row)}: total ${scalarText(row.total)}, lines and tax ${String(linesTotal)}`];
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

const OF_TICKET = ['companyId', 'contactId'] as const;

/** Whom a message is about where it does not say so itself: its ticket's company and contact (DIN-9). */
async function ofItsTicket(joins: Joins, row: JsonObject): Promise<FieldValues> {
  const absent = OF_TICKET.filter((name) => idText(row[name]) === null);
  const ticketId = idText(row.ticketId);
  if (absent.length === 0 || ticketId === null) return {};
  const ticket = await joins.row('ticket', ticketId);
  return Object.fromEntries(
    absent.flatMap((name) => {
      const id = idText(ticket?.[name]);
      return id === null ? [] : [[name, id]];
    }),
  );
}

/** Null where no record is named: no id, an empty one, or 0. */
function idText(value: unknown): string | null {
  const text = scalarText(value);
  return text === null || text === '' || text === '0' ? null : text;
}

/** What a record's derived fields depend on beside its own row: another text means that it must be looked at again. */
export async function dependencies(parts: DerivedParts, module: Module, id: number, row: JsonObject): Promise<string> {
  switch (module.derived) {
    case 'deal': {
      const invoices = await parts.joins.of('invoice', 'opportunityId', id);
      return JSON.stringify([await stageFields(parts.references, row), invoices.map((one) => one.row)], digits);
    }
    case 'invoice':
      return JSON.stringify(await ofItsDeal(parts.joins, row));
    case 'ticket':
      return JSON.stringify(
        (await parts.joins.of('ticketMessage', 'ticketId', id)).map((one) => one.row),
        digits,
      );
    case 'ticketMessage':
      return JSON.stringify(await ofItsTicket(parts.joins, row));
    default:
      return '';
  }
}

const digits = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
